
"use strict";
const filter = document.getElementById("filter");
if (filter) {
  const which = document.getElementById("which");
  const button = document.getElementById("open-all");
  const parts = [...document.querySelectorAll(".cases")];
  const shown = () => parts.filter((part) => !part.hidden).flatMap((part) => [...part.querySelectorAll("details")]);
  const label = () => {
    const all = shown();
    button.textContent = all.length > 0 && all.every((item) => item.open) ? "Tout replier" : "Tout déplier";
  };
  const choose = (suite) => {
    which.value = suite;
    for (const part of parts) part.hidden = suite !== "" && part.dataset.suite !== suite;
    label();
  };
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.closest("#cas")) return;
    const part = target.closest(".cases");
    if (part && part.hidden) choose("");
    if (target.matches("details")) target.open = true;
    target.scrollIntoView();
  };
  which.addEventListener("change", () => choose(which.value));
  button.addEventListener("click", () => {
    const all = shown();
    const open = !all.every((item) => item.open);
    for (const item of all) item.open = open;
    label();
  });
  window.addEventListener("hashchange", follow);
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = shown().filter((item) => !item.open);
    for (const item of closed) item.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const item of closed) item.open = false;
  });
  filter.hidden = false;
  follow();
}
