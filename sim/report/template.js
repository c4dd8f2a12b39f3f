// Draws the figures one after the other, so that the page answers at once, and all of them before printing.
(async () => {
  const plots = [...document.querySelectorAll(".plot")];
  if (!plots.length) return;
  try {
    const packed = Uint8Array.from(atob(document.getElementById("plotly-packed").textContent), (c) => c.charCodeAt(0));
    const source = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    const script = document.createElement("script");
    script.textContent = source;
    document.head.append(script);
  } catch (error) {
    document.getElementById("undrawn").hidden = false;
    return;
  }
  const draw = (plot) => {
    if (plot.dataset.drawn) return;
    plot.dataset.drawn = "yes";
    const figure = JSON.parse(plot.nextElementSibling.textContent);
    const room = plot.clientWidth || figure.layout.width; // narrower than its least labels would be cut: there it scrolls
    figure.layout.width = Math.max(Number(plot.dataset.least), Math.min(figure.layout.width, room));
    Plotly.newPlot(plot, figure.data, figure.layout, { displayModeBar: false, responsive: false });
    if (figure.layout.width > room) plot.tabIndex = 0; // so that the keyboard can scroll it
  };
  addEventListener("beforeprint", () => plots.forEach(draw));
  const later = window.requestIdleCallback || ((todo) => setTimeout(todo, 1));
  const next = () => {
    const plot = plots.find((each) => !each.dataset.drawn);
    if (!plot) return document.documentElement.setAttribute("data-ready", "yes");
    draw(plot);
    later(next);
  };
  next();
})();
