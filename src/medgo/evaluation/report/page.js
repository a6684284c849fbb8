// The item browser of a report. Everything from a run reaches the page through textContent, never as markup.
"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const PAGE = 25;
  const UNREAD = ["unparsed", "truncated", "refused"];
  let lang = (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
  let page = 0;

  const $ = (id) => document.getElementById(id);
  const say = (key) => data.words[key][lang];

  function make(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  // [beginning, characters left out, end] → nodes
  function shortened(parts) {
    const nodes = [document.createTextNode(parts[0])];
    if (parts[1]) {
      nodes.push(make("span", "gap", " … " + parts[1].toLocaleString() + " " + say("left_out") + " … "));
      nodes.push(document.createTextNode(parts[2]));
    }
    return nodes;
  }

  function section(body, title, nodes) {
    body.append(make("h4", "", title));
    const text = make("p", "text");
    text.append(...nodes);
    body.append(text);
  }

  function matches(row) {
    const run = $("run").value, benchmark = $("benchmark").value, verdict = $("verdict").value;
    if (run !== "" && row.run !== Number(run)) return false;
    if (benchmark && row.benchmark !== benchmark) return false;
    if (verdict === "forced" && !row.forced) return false;
    if (verdict === "counted_wrong" && row.verdict !== "wrong" && !UNREAD.includes(row.verdict)) return false;
    if (verdict && !["forced", "counted_wrong"].includes(verdict) && row.verdict !== verdict) return false;
    const wanted = $("search").value.trim().toLowerCase();
    return !wanted || haystack(row).includes(wanted);
  }

  function haystack(row) {
    if (row.hay === undefined) {
      const texts = [row.item, row.category, row.variant, row.rule, row.error];
      if (!row.confidential) {
        for (const message of row.messages) texts.push(message[1][0], message[1][2]);
        for (const piece of row.reply) texts.push(piece[0], piece[2]);
        texts.push(row.reasoning[0], row.reasoning[2], ...Object.values(row.options));
      }
      row.hay = texts.join("\n").toLowerCase();
    }
    return row.hay;
  }

  function stem(row) {
    if (row.confidential || !row.messages.length) return "";
    const last = row.messages[row.messages.length - 1][1];
    return last[0].replace(/\s+/g, " ").slice(0, 220);
  }

  function numbers(object) {
    return Object.entries(object).map(([name, value]) => name + " " + value).join("   ");
  }

  function fill(body, row) {
    const facts = make("p", "note");
    const said = [[say("rule"), row.rule], [say("epoch"), row.epoch || ""], ["", row.category], ["", row.variant]];
    facts.textContent = said.filter((f) => f[1] !== "").map((f) => (f[0] ? f[0] + ": " : "") + f[1]).join(" · ");
    if (facts.textContent) body.append(facts);
    if (row.error) section(body, say("failed"), [document.createTextNode(row.error)]);
    if (row.confidential) {
      body.append(make("p", "note", say("confidential")));
      return;
    }
    body.append(make("h4", "", say("prompt")));
    for (const [role, text] of row.messages) {
      const block = make("p", "text");
      block.append(make("span", "role", role + "\n"), ...shortened(text));
      body.append(block);
    }
    if (Object.keys(row.options).length) {
      body.append(make("h4", "", say("options")));
      for (const [label, text] of Object.entries(row.options)) {
        const classes = ["text", "option"];
        if (row.gold.includes(label)) classes.push("gold");
        if (row.answer.includes(label)) classes.push("given");
        body.append(make("p", classes.join(" "), label + ". " + text));
      }
    }
    if (row.reference[0]) section(body, say("reference"), shortened(row.reference));
    if (row.reasoning[0]) section(body, say("reasoning"), shortened(row.reasoning));
    const reply = [];
    for (const piece of row.reply) {
      if (!piece[3]) { reply.push(...shortened(piece)); continue; }
      const mark = make("mark");
      mark.append(...shortened(piece));
      reply.push(mark);
    }
    if (row.reply.length && row.reply[0][0]) section(body, say("reply"), reply);
    if (Object.keys(row.logprobs).length) section(body, say("probabilities"), [document.createTextNode(numbers(row.logprobs))]);
    if (Object.keys(row.scores).length) section(body, say("scores"), [document.createTextNode(numbers(row.scores))]);
  }

  function card(row) {
    const node = make("details", "item");
    const summary = make("summary");
    summary.append(make("span", "chip " + row.verdict, say(data.verdicts[row.verdict])));
    if (row.forced) summary.append(make("span", "chip forced", say("forced")));
    const runs = data.runs.length > 1 ? " · " + data.runs[row.run] : "";
    summary.append(make("span", "where", data.benchmarks[row.benchmark] + " · " + row.item + runs));
    summary.append(make("span", "stem", stem(row)));
    if (!row.confidential && (row.answer.length || row.gold.length)) {
      const gold = row.gold.length ? " / " + row.gold.join("") : "";
      summary.append(make("span", "mono", (row.answer.join("") || "–") + gold));
    }
    node.append(summary);
    node.addEventListener("toggle", () => {
      if (!node.open || node.querySelector(".body")) return;
      const body = make("div", "body");
      fill(body, row);
      node.append(body);
    });
    return node;
  }

  function show() {
    const found = data.rows.filter(matches);
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    page = Math.min(page, pages - 1);
    $("list").replaceChildren(...found.slice(page * PAGE, (page + 1) * PAGE).map(card));
    if (!found.length) $("list").append(make("p", "note", say("none")));
    $("found").textContent = found.length.toLocaleString() + " " + say("found") + " · " + (page + 1) + " / " + pages;
    $("previous").disabled = page === 0;
    $("next").disabled = page >= pages - 1;
    const key = $("benchmark").value;
    const parts = data.embedded.filter((e) => (!key || e.benchmark === key) && ($("run").value === "" || e.run === Number($("run").value)));
    const shown = parts.reduce((sum, e) => sum + e.shown, 0), total = parts.reduce((sum, e) => sum + e.total, 0);
    $("shown").textContent = say("shown").replace("{n}", shown.toLocaleString()).replace("{total}", total.toLocaleString());
  }

  function choices(id, entries) {
    const select = $(id), before = select.value;
    select.replaceChildren(...entries.map(([value, text]) => {
      const option = make("option", "", text);
      option.value = value;
      return option;
    }));
    select.value = entries.some((e) => e[0] === before) ? before : "";
  }

  function speak(now) {
    lang = now;
    root.dataset.lang = lang;
    root.lang = lang;
    $("language").textContent = lang === "zh" ? "English" : "中文";
    choices("run", [["", say("runs") + ": " + say("all")], ...data.runs.map((name, i) => [String(i), name])]);
    $("run").hidden = data.runs.length < 2;
    choices("benchmark", [["", say("benchmark") + ": " + say("all")], ...Object.entries(data.benchmarks)]);
    const verdicts = ["counted_wrong", "wrong", "unparsed", "truncated", "refused", "forced", "error", "right", "answered"];
    choices("verdict", [["", say("filter") + ": " + say("all")], ...verdicts.map((v) => [v, say(data.verdicts[v] || v)])]);
    $("search").placeholder = say("search");
    $("previous").textContent = "← " + say("previous");
    $("next").textContent = say("next") + " →";
    show();
  }

  $("language").addEventListener("click", () => speak(lang === "zh" ? "en" : "zh"));
  for (const id of ["run", "benchmark", "verdict"]) $(id).addEventListener("change", () => { page = 0; show(); });
  $("search").addEventListener("input", () => { page = 0; show(); });
  $("previous").addEventListener("click", () => { page -= 1; show(); });
  $("next").addEventListener("click", () => { page += 1; show(); });
  speak(lang);
})();
