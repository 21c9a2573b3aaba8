import "@digital-go-jp/design-tokens/dist/tokens.css";
import "./style.css";
import "./staff.css";
import "./support.css";
import "./owner.css";
import { render } from "preact";
import { App } from "./app.tsx";

const page = document.getElementById("page");
if (page) {
	page.textContent = "";
	render(<App />, page);
}
