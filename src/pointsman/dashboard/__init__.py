"""The dashboard's built files, in `assets/`; made by `npm run build` in `dashboard/`, never edited."""
