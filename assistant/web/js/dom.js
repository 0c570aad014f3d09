// Safe element building: text becomes text nodes, never markup.
// There is no way here to set HTML, a style attribute or a textual event handler.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "inert", "selected", "htmlFor"]);

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) {
    if (typeof value !== "function") throw new TypeError(`${name} must be a function`);
    node.addEventListener(name.slice(2), value);
  } else if (PROPERTIES.has(name)) {
    node[name] = value;
  } else if (name === "style" || name === "srcdoc") {
    throw new TypeError(`${name} is not allowed`);
  } else {
    node.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Build an element: h("p", {class: "note", onclick: f}, "text", otherNode). */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
  return append(node, children);
}

/** Build an SVG element; same rules as h. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
  return append(node, children);
}

/** Replace what a node holds. */
export function fill(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

/** Words for screen readers only. */
export const unseen = (...words) => h("span", { class: "unseen" }, ...words);

export const byId = (id) => document.getElementById(id);

/** True where a key press belongs to the field and not to the page. */
export function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}
