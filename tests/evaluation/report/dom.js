// As much of a browser's document as the page's script uses; prints what a person would see as JSON.
// Usage: node dom.js page.html '[["select","verdict","unparsed"],["open",0]]'
"use strict";
const fs = require("fs");

class Node {
  constructor(tag) { this.tag = tag; this.children = []; this.listeners = {}; this.dataset = {}; this.className = ""; this.value = ""; this.own = ""; }
  set textContent(text) { this.children = []; this.own = String(text); }
  get textContent() { return this.own + this.children.map((c) => (typeof c === "string" ? c : c.textContent)).join(""); }
  set innerHTML(_) { throw new Error("the page must not write markup"); }
  append(...nodes) { this.children.push(...nodes); }
  replaceChildren(...nodes) { this.own = ""; this.children = nodes; }
  addEventListener(name, run) { this.listeners[name] = run; }
  fire(name) { this.listeners[name](); }
  find(test) {
    const found = [];
    for (const child of this.children) {
      if (typeof child === "string") continue;
      if (test(child)) found.push(child);
      found.push(...child.find(test));
    }
    return found;
  }
  querySelector(selector) { return this.find((n) => n.className.split(" ").includes(selector.slice(1)))[0] || null; }
}

const html = fs.readFileSync(process.argv[2], "utf8");
const data = html.match(/<script type="application\/json" id="data">([\s\S]*?)<\/script>/)[1];
const script = html.match(/<script>([\s\S]*?)<\/script>/)[1];
const ids = Object.fromEntries([...html.matchAll(/ id="(\w+)"/g)].map((m) => [m[1], new Node(m[1])]));
ids.data.textContent = data;
const document = {
  documentElement: new Node("html"),
  getElementById: (id) => ids[id],
  createElement: (tag) => new Node(tag),
  createTextNode: (text) => { const node = new Node("#text"); node.own = text; return node; },
};
new Function("document", "navigator", script)(document, { language: "en-US" });

for (const [action, target, value] of JSON.parse(process.argv[3])) {
  if (action === "select") { ids[target].value = value; ids[target].fire("change"); }
  if (action === "search") { ids.search.value = target; ids.search.fire("input"); }
  if (action === "click") ids[target].fire("click");
  if (action === "open") { const item = ids.list.children[target]; item.open = true; item.fire("toggle"); }
}
process.stdout.write(JSON.stringify({
  lang: document.documentElement.dataset.lang,
  found: ids.found.textContent,
  shown: ids.shown.textContent,
  items: ids.list.children.map((c) => c.textContent),
  marks: ids.list.find((n) => n.tag === "mark").map((n) => n.textContent),
  tags: [...new Set(ids.list.find(() => true).map((n) => n.tag))].sort(),
  next: ids.next.disabled,
}));
