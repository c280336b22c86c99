/** Starts the page: loads the engine, makes the views, and keeps the address up to date. */

import { read, start, VIEWS, type View } from "./address.ts";
import { App, type Screen } from "./app.ts";
import { announce, h } from "./dom.ts";
import { compile, engineFile } from "./engine.ts";
import { message } from "./rpc.ts";
import { Tour } from "./tour.ts";
import { breaking } from "./views/break.ts";
import { inside } from "./views/inside.ts";
import { playing } from "./views/play.ts";
import { wire } from "./views/wire.ts";
import { yours } from "./views/yours.ts";

const NAMES: Record<View, string> = { wire: "The wire", inside: "Inside", break: "Break it", yours: "Yours", play: "Be Eve" };

const main = document.getElementById("main") as HTMLElement;
const nav = document.getElementById("nav") as HTMLElement;

async function begin(): Promise<void> {
  const module = await compile();
  let place = read(location.hash);
  const app = new App(module, { ...place });
  try {
    await app.begin(place.settings, place.stretches);
  } catch (error) {
    // The engine rejects the settings in the address. The page reports this and starts with the defaults.
    announce(`${message(error)}. The page starts with its default settings.`);
    place = start();
    app.place = start();
    await app.begin({});
  }
  const screens: Record<View, Screen> = {
    wire: wire(app),
    inside: inside(app),
    break: breaking(app),
    yours: yours(app),
    play: playing(app),
  };
  const links = VIEWS.map((view) => h("button", { type: "button", id: `to-${view}`, onclick: () => app.goTo(view) }, NAMES[view]));
  nav.replaceChildren(...links);
  const tour = new Tour(app);
  document.getElementById("tour-button")?.addEventListener("click", () => tour.begin());

  let shown: View | undefined;
  let written = location.hash;
  let writing: number | undefined;
  const render = (): void => {
    const { view } = app.place;
    if (view !== shown) {
      shown = view;
      main.replaceChildren(screens[view].element);
      links.forEach((link, i) => (VIEWS[i] === view ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")));
      screens[view].open?.();
    }
    screens[view].changed?.();
    // Browsers limit how often a page may change its address.
    writing ??= window.setTimeout(() => {
      writing = undefined;
      const address = app.address();
      if (address === written) return;
      written = address;
      window.history.replaceState(null, "", address || location.pathname + location.search);
    }, 300);
  };
  app.onChange(render);
  window.addEventListener("hashchange", () => {
    if (location.hash === written) return;
    written = location.hash;
    app.attempt(() => app.restore(read(location.hash)));
  });
  const level = app.a.facts.sameBits;
  if (!level) {
    const warning = document.getElementById("warning") as HTMLElement;
    warning.textContent =
      "The WebAssembly of this browser has no fused multiply-add, so trainings here give other bits than the program and other browsers. Chrome and Edge have it since version 114, Firefox since 145.";
    warning.hidden = false;
  }
  render();
  document.documentElement.dataset.ready = "true";
  await app.catchUp(place);
  // The tests wait for this. Its value, milliseconds since the navigation, is the time of the first picture.
  document.documentElement.dataset.restored = performance.now().toFixed(0);
}

begin().catch((error: unknown) => {
  main.replaceChildren(h("p", { class: "failure", role: "alert" }, message(error)));
  announce(message(error));
});

if ("serviceWorker" in navigator && location.protocol !== "file:") {
  window.addEventListener("load", () => void navigator.serviceWorker.register(`offline.js?engine=${engineFile()}`).catch(() => undefined));
}
