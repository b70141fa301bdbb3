import { render } from "preact";
import { App } from "./app";
import "./styles/tokens.css";
import "./styles/bar.css";
import "./styles/layout.css";
import "./styles/widgets.css";
import "./styles/forms.css";
import "./styles/lists.css";
import "./styles/charts.css";
import "./styles/pages.css";
import "./styles/route.css";

const root = document.getElementById("app");
if (root) render(<App />, root);
