import { render } from "preact";
import { App } from "./app";
import "./styles/tokens.css";
import "./styles/layout.css";
import "./styles/bar.css";
import "./styles/widgets.css";
import "./styles/forms.css";
import "./styles/lists.css";
import "./styles/charts.css";
import "./styles/route.css";
import "./styles/pages.css";

const root = document.getElementById("app");
if (root) render(<App />, root);
