"use strict";
const button = document.getElementById("language");
function show(language) {
  document.documentElement.dataset.lang = language;
  document.documentElement.lang = language;
  button.textContent = language === "en" ? "中文" : "English";
}
button.addEventListener("click", () => show(document.documentElement.dataset.lang === "en" ? "zh" : "en"));
show(location.hash === "#zh" || (location.hash !== "#en" && navigator.language.startsWith("zh")) ? "zh" : "en");
