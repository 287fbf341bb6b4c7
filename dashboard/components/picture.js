// A chart as a file: what the page's styles say goes into the drawing itself, with the names of its lines.
const KEPT = [
  "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity", "font-size",
  "font-family", "font-weight", "paint-order",
];
const ROW = 18;

function styled(svg) {
  const copy = svg.cloneNode(true), of = (root) => [root, ...root.querySelectorAll("*")];
  const copies = of(copy);
  of(svg).forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of KEPT) copies[i].setAttribute(name, style.getPropertyValue(name));
    copies[i].removeAttribute("class");
  });
  return copy;
}

// `placed` are the lines with the place of each name beside the drawing, null where names stand below it.
function picture(svg, { width, height, ink, paper, placed, says }) {
  const copy = styled(svg), rows = placed.filter(({ y }) => y === null).length, whole = height + ROW * rows + 8;
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("width", width);
  copy.setAttribute("height", whole);
  copy.setAttribute("viewBox", `0 0 ${width} ${whole}`);
  copy.removeAttribute("aria-hidden");
  copy.setAttribute("color", ink);
  copy.prepend(make("rect", copy, { width, height: whole, fill: paper }));
  copy.prepend(make("title", copy, {}, says));
  let below = 0;
  for (const { line, x, y } of placed) {
    const at = y === null ? [12, height + 6 + ROW * below++] : [x, y];
    make("path", copy, {
      d: `M${at[0]} ${at[1]}h24`, stroke: line.colour, "stroke-width": 2.5, "stroke-dasharray": line.dash, fill: "none",
    });
    make("text", copy, { x: at[0] + 30, y: at[1], dy: "0.32em", fill: ink, "font-size": 12, "font-family": "sans-serif" }, line.name);
  }
  return new XMLSerializer().serializeToString(copy);
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function saveAsSvg(text, name) { save(new Blob([text], { type: "image/svg+xml" }), `${name}.svg`); }

async function saveAsPng(text, name) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => save(blob, `${name}.png`), "image/png");
}
