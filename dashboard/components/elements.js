// Elements of a page and of a drawing; a text goes in as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";

function make(tag, parent, attributes = {}, text) {
  const made = parent.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function html(tag, parent, className, text) {
  const made = parent.appendChild(document.createElement(tag));
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
