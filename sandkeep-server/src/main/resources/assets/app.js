// What pages do beyond HTML. Every change goes through the public API, with the session's cookie and its CSRF token; forms and
// buttons say which operation they call (data-api), so that a page needs no script of its own.

const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";

/** An answer of the API that is not a success: an RFC 9457 problem document. */
class Problem extends Error {
  constructor(document) {
    super(document.detail || document.title || "The server did not answer.");
    this.document = document;
  }
}

async function api(method, path, body, more = {}) {
  const headers = { "X-CSRF-Token": csrf, Accept: "application/json", ...more };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method === "POST") headers["Idempotency-Key"] = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Problem({ detail: "The server cannot be reached.", nextStep: "Check your connection and try again." });
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    answer = { detail: `The server answered ${response.status} with something that is no JSON.` };
  }
  if (!response.ok) throw new Problem(answer ?? { detail: `The server answered ${response.status}.` });
  return answer;
}

// ---------------------------------------------------------------- small things

const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Puts values of an answer into a text: "/sessions/{id}"; only plain values, encoded for an address. */
function filled(pattern, answer) {
  return pattern.replace(/\{([\w.]+)\}/g, (_, path) =>
    encodeURIComponent(path.split(".").reduce((value, key) => value?.[key], answer) ?? ""));
}

function say(text, { bad = false, next = "", undo = null } = {}) {
  const words = element("div", {}, text);
  if (next) words.append(element("div", { className: "soft small" }, next));
  const close = element("button", { type: "button", className: "copy", textContent: "×", title: "Close" });
  close.setAttribute("aria-label", "Close this message");
  const message = element("div", { className: bad ? "message bad" : "message" }, words);
  if (undo) {
    const button = element("button", { type: "button", className: "button small", textContent: "Undo" });
    button.addEventListener("click", () => run(button, undo, undefined, { then: "reload", message: "Restored." }));
    message.append(button);
  }
  message.append(close);
  close.addEventListener("click", () => message.remove());
  find("#messages").append(message);
  if (!bad) setTimeout(() => message.remove(), undo ? 20000 : 6000);
}

/** Says something on the next page. */
function sayLater(text, options = {}) {
  sessionStorage.setItem("message", JSON.stringify({ text, options }));
}

function failed(problem) {
  const document = problem instanceof Problem ? problem.document : { detail: String(problem) };
  say(document.detail || document.title || String(problem), { bad: true, next: document.nextStep ?? "" });
}

// ---------------------------------------------------------------- calls that elements name

/** Calls "METHOD /path" and does what the element wants afterwards. */
async function run(source, call, body, wishes) {
  const [method, path] = call.split(" ");
  source.setAttribute("aria-busy", "true");
  if ("disabled" in source) source.disabled = true;
  try {
    const answer = await api(method, path, body, wishes.headers);
    guarded.clear();
    const message = wishes.message ?? "";
    const undo = wishes.undo ? filled(wishes.undo, answer ?? {}) : null;
    if (wishes.show) {
      const shown = find("[data-shown]", find("#" + wishes.show));
      // What is shown may be the end of an address of this server.
      shown.textContent = (shown.dataset.shown && location.origin + shown.dataset.shown) + [answer[wishes.field]].flat().join("\n");
      for (const picture of all("[data-qr]", find("#" + wishes.show))) drawQr(picture, answer[picture.dataset.qr]);
      source.closest("dialog")?.close();
      find("#" + wishes.show).showModal();
    } else if (wishes.then?.startsWith("go:")) {
      if (message) sayLater(message, { undo });
      location.assign(filled(wishes.then.slice(3), answer ?? {}));
    } else if (wishes.then === "stay") {
      if (message) say(message, { undo });
      source.closest("dialog")?.close();
      refresh(() => true);
    } else {
      if (message) sayLater(message, { undo });
      location.reload();
    }
    return answer;
  } finally {
    source.removeAttribute("aria-busy");
    if ("disabled" in source) source.disabled = false;
  }
}

/** Draws a QR code that the API answers as path data: attributes only, which the content policy allows. */
function drawQr(picture, code) {
  picture.setAttribute("viewBox", `0 0 ${code.size} ${code.size}`);
  find("path", picture).setAttribute("d", code.path);
}

function wishesOf(data) {
  return { then: data.then, message: data.message, undo: data.undo, show: data.show, field: data.field };
}

async function confirmed(text, danger) {
  const dialog = find("#confirm");
  find("[data-question]", dialog).textContent = text;
  const yes = find("[value=yes]", dialog);
  yes.textContent = danger;
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  return dialog.returnValue === "yes";
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-api]");
  if (!button || button.form?.dataset.api) return;
  event.preventDefault();
  if (button.dataset.confirm && !(await confirmed(button.dataset.confirm, button.textContent.trim()))) return;
  const body = button.dataset.body ? JSON.parse(button.dataset.body) : undefined;
  run(button, button.dataset.api, body, wishesOf(button.dataset)).catch(failed);
});

// ---------------------------------------------------------------- forms that become JSON

const valueOf = {
  number: (input) => (input.value.trim() === "" ? undefined : Number(input.value)),
  boolean: (input) => input.checked,
  lines: (input) => input.value.split("\n").map((line) => line.trim()).filter(Boolean),
  script: (input) => (input.value.trim() === "" ? undefined : input.value.replace(/\r\n/g, "\n")),
  verbatim: (input) => input.value.replace(/\r\n/g, "\n"),
  json: (input) => JSON.parse(input.value),
  text: (input) => (input.value.trim() === "" ? undefined : input.value.trim()),
};

function put(target, path, value) {
  if (value === undefined) return;
  const keys = path.split(".");
  const last = keys.pop();
  const inner = keys.reduce((object, key) => (object[key] ??= {}), target);
  inner[last] = value;
}

/** Inputs by name; checked boxes of one name with data-type="items" make a list; [data-rows] holds a list of objects, or with data-map an object of key and value. */
function formJson(form) {
  const body = {};
  for (const input of all("[name]", form)) {
    if (input.disabled || input.closest("[data-row]") || input.closest("template")) continue;
    if (input.type === "radio" && !input.checked) continue;
    if (input.dataset.type === "items") {
      body[input.name] = [...(body[input.name] ?? []), ...(input.checked ? [input.value] : [])];
      continue;
    }
    put(body, input.name, valueOf[input.dataset.type ?? (input.type === "checkbox" ? "boolean" : "text")](input));
  }
  for (const rows of all("[data-rows]", form)) {
    const values = all("[data-row]", rows).map((row) => {
      const item = {};
      for (const input of all("[name]", row)) put(item, input.name, valueOf[input.dataset.type ?? "text"](input));
      return item;
    });
    if (rows.dataset.scalar !== undefined) {
      put(body, rows.dataset.rows, values.map((it) => it.value).filter((it) => it?.trim()));
    } else if (rows.dataset.map !== undefined) {
      put(body, rows.dataset.rows, Object.fromEntries(values.filter((it) => it.key).map((it) => [it.key, it.value ?? ""])));
    } else {
      put(body, rows.dataset.rows, values);
    }
  }
  return body;
}

function clearMistakes(form) {
  all(".mistake[data-made]", form).forEach((it) => it.remove());
  all("[aria-invalid]", form).forEach((it) => it.removeAttribute("aria-invalid"));
}

/** The input that a field of a problem means: files[2].mode is the input "mode" of the third row of "files". */
function inputOf(form, field) {
  const row = field.match(/^([\w.]+)\[(\d+)\](?:\.(.+))?$/);
  if (row) {
    const rows = find(`[data-rows="${row[1]}"]`, form);
    const within = rows && all("[data-row]", rows)[Number(row[2])];
    if (within) {
      const name = (row[3] ?? "").replace(/\[\d+\]$/, "");
      return find(`[name="${CSS.escape(name)}"]`, within) ?? find("[name]", within);
    }
    return find(`[name="${CSS.escape(row[1])}"]`, form);
  }
  const key = field.match(/^(environment)\.(.+)$/);
  if (key) {
    const within = all(`[data-rows="${key[1]}"] [data-row]`, form).find((it) => find("[name=key]", it).value === key[2]);
    if (within) return find("[name=key]", within);
  }
  return find(`[name="${CSS.escape(field)}"]`, form) ?? find(`[name^="${CSS.escape(field)}."]`, form);
}

function showMistakes(form, problem) {
  const left = [];
  let first = null;
  for (const mistake of problem.document.errors ?? []) {
    const input = inputOf(form, mistake.field);
    if (!input) {
      left.push(`${mistake.field}: ${mistake.message}`);
      continue;
    }
    const id = "mistake-" + Math.random().toString(36).slice(2);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", id);
    const place = input.closest(".field") ?? input.parentElement;
    const words = element("p", { className: "mistake", id, textContent: mistake.message });
    words.dataset.made = "";
    place.append(words);
    first ??= input;
  }
  const summary = find("[data-problem]", form);
  const text = (problem.document.errors ?? []).length
    ? left.join("\n")
    : [problem.message, problem.document.nextStep].filter(Boolean).join(" ");
  if (summary) {
    summary.textContent = text;
    summary.hidden = !text;
  } else if (text) {
    failed(problem);
  }
  if (first) {
    first.closest("details")?.setAttribute("open", "");
    const editor = first.nextElementSibling?.CodeMirror;
    editor ? editor.focus() : first.focus();
    (first.closest(".field") ?? first).scrollIntoView({ block: "center" });
  }
  return first !== null || text !== "";
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-api]");
  if (!form) return;
  event.preventDefault();
  const chosen = event.submitter;
  if (chosen?.dataset.confirm && !(await confirmed(chosen.dataset.confirm, chosen.textContent.trim()))) return;
  clearMistakes(form);
  const wishes = { ...wishesOf(form.dataset), ...Object.fromEntries(Object.entries(wishesOf(chosen?.dataset ?? {})).filter(([, it]) => it)) };
  if (form.dataset.ifMatch) wishes.headers = { "If-Match": `"${form.dataset.ifMatch}"` };
  try {
    const yaml = find("[data-yaml]", form);
    let body = formJson(form);
    if (yaml) {
      const read = await api("POST", "/profiles/read-yaml", { text: yaml.value });
      body = yaml.dataset.yaml === "spec" ? read.spec : { name: read.name, ...body, spec: read.spec };
    }
    await run(chosen ?? form, chosen?.dataset.api ?? form.dataset.api, body, wishes);
  } catch (problem) {
    if (!(problem instanceof Problem) || !showMistakes(form, problem)) failed(problem);
  }
});

// Fields that are there for one choice only.
function showChoice(select) {
  for (const part of all(`[data-choice-of="${select.dataset.choice}"]`, select.form)) {
    const chosen = part.dataset.value === select.value;
    part.hidden = !chosen;
    all("input, select, textarea", part).forEach((it) => { it.disabled = !chosen; });
  }
}
document.addEventListener("change", (event) => {
  if (event.target.dataset?.choice) showChoice(event.target);
  if (event.target.dataset?.submit !== undefined) event.target.form.requestSubmit();
});

// Rows that can be added and removed.
document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-add-row]");
  if (add) {
    const rows = find(`[data-rows="${add.dataset.addRow}"]`, add.closest("form"));
    const row = find("template", rows).content.cloneNode(true);
    rows.append(row);
    const made = rows.lastElementChild;
    changed(add.closest("form"));
    find("input, textarea, select", made)?.focus();
  }
  const remove = event.target.closest("[data-remove-row]");
  if (remove) {
    const form = remove.closest("form");
    const rows = remove.closest("[data-rows]");
    remove.closest("[data-row]").remove();
    changed(form);
    (all("[data-remove-row]", rows).pop() ?? find(`[data-add-row="${rows.dataset.rows}"]`, form))?.focus();
  }
});

// ---------------------------------------------------------------- what is not saved yet

const guarded = new Set();
function changed(form) {
  if (form?.dataset.guard === undefined) return;
  guarded.add(form);
  all("[data-unsaved]").forEach((it) => { it.hidden = false; });
}
document.addEventListener("input", (event) => changed(event.target.closest("form[data-guard]")));
window.addEventListener("beforeunload", (event) => {
  if (guarded.size) event.preventDefault();
});

// ---------------------------------------------------------------- dialogs, menu, theme, copying

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = find("#" + opener.dataset.dialog);
    // One dialog may serve several things: which one, and which operation, its opener says.
    if (opener.dataset.call) find("form", dialog).dataset.api = opener.dataset.call;
    all("[data-about]", dialog).forEach((it) => { it.textContent = opener.dataset.about ?? ""; });
    dialog.showModal();
  }
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
  if (event.target.closest("[data-reload]")) location.reload();
  if (event.target.closest("[data-menu]")) document.body.classList.toggle("menu-open");
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const text = copy.dataset.copy || find(copy.dataset.copyOf).textContent;
    (navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error("no clipboard")))
      .then(() => say("Copied."), () => say("The browser does not let this page copy.", { bad: true, next: text }));
  }
  const theme = event.target.closest("[data-theme-choice]");
  if (theme) {
    const choice = theme.dataset.themeChoice;
    choice === "system" ? localStorage.removeItem("theme") : localStorage.setItem("theme", choice);
    choice === "system" ? delete document.documentElement.dataset.theme : (document.documentElement.dataset.theme = choice);
    showTheme();
  }
});
function showTheme() {
  const choice = localStorage.getItem("theme") ?? "system";
  all("[data-theme-choice]").forEach((it) => it.setAttribute("aria-pressed", String(it.dataset.themeChoice === choice)));
}

// ---------------------------------------------------------------- times

const units = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
function showTimes() {
  for (const time of all("time[data-relative]")) {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
    const [unit, size] = units.find(([, it]) => Math.abs(seconds) >= it) ?? ["second", 1];
    time.textContent = Math.abs(seconds) < 5 ? "just now" : words.format(Math.round(seconds / size), unit);
  }
  for (const time of all("time[data-local]")) {
    time.textContent = new Date(time.dateTime).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  }
}
setInterval(showTimes, 10000);
document.addEventListener("htmx:afterSwap", showTimes);

// ---------------------------------------------------------------- tables that are wider than the page

/** What scrolls can be scrolled with the keyboard, too. */
function reachScrolls() {
  for (const box of all(".scroll")) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
}
document.addEventListener("htmx:afterSwap", reachScrolls);
window.addEventListener("resize", reachScrolls);

// ---------------------------------------------------------------- live regions

/** Lets regions fetch themselves again; a region that somebody types in waits. */
function refresh(concerns) {
  for (const region of all("[data-live]")) {
    if (concerns(region.dataset.live.split(" ")) && !region.contains(document.activeElement?.closest("input, textarea, select"))) {
      htmx.trigger(region, "live");
    }
  }
}

/** Follows the changes. A page that nobody sees does not: browsers allow few connections to one server, whatever the tabs. */
function follow(after) {
  const state = find("[data-connection]");
  let last = after;
  let source = null;
  const begin = () => {
    source = new EventSource("/api/v1/events?after=" + encodeURIComponent(last));
    source.addEventListener("change", (message) => {
      last = message.lastEventId || last;
      const { subjectType, subjectId } = JSON.parse(message.data);
      refresh((subjects) => subjects.includes(subjectType) || subjects.includes(subjectId) || subjects.includes("all"));
    });
    source.addEventListener("open", () => { if (state) state.hidden = true; });
    source.addEventListener("error", () => { if (state) state.hidden = false; });
  };
  const end = () => source?.close();
  if (!document.hidden) begin();
  document.addEventListener("visibilitychange", () => {
    end();
    if (!document.hidden) begin();
  });
  window.addEventListener("pagehide", end);
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

// ---------------------------------------------------------------- command palette

let commands = null;
async function openPalette() {
  const dialog = find("#palette");
  if (dialog.open) return;
  dialog.showModal();
  const input = find("input", dialog);
  input.value = "";
  commands ??= all("[data-command]").map((it) => ({ text: it.dataset.command || it.textContent.trim(), kind: "Go to", href: it.href }));
  choose("");
  const [profiles, sessions] = await Promise.all(
    ["/api/v1/profiles?limit=200", "/api/v1/sessions?limit=200"].map((path) => api("GET", path).catch(() => ({ items: [] }))));
  commands = commands.filter((it) => it.kind === "Go to").concat(
    profiles.items.map((it) => ({ text: it.name, kind: "Profile", href: "/profiles/" + encodeURIComponent(it.name) })),
    sessions.items.map((it) => ({ text: it.name, kind: "Session", href: "/sessions/" + encodeURIComponent(it.id) })));
  choose(input.value);
}
function choose(text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands.filter((it) => wanted.every((word) => (it.text + " " + it.kind).toLowerCase().includes(word))).slice(0, 12);
  const list = find("#palette ul");
  list.replaceChildren(...found.map((it, index) => {
    const item = element("li", { id: "choice-" + index, role: "option" }, element("span", { textContent: it.text }), element("span", { className: "soft small", textContent: it.kind }));
    item.dataset.href = it.href;
    item.setAttribute("aria-selected", String(index === 0));
    return item;
  }));
  if (!found.length) list.append(element("li", { role: "option", className: "soft", textContent: "Nothing of that name." }));
  find("#palette input").setAttribute("aria-activedescendant", found.length ? "choice-0" : "");
}
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && find("#palette")) {
    event.preventDefault();
    openPalette();
  }
  const dialog = event.target.closest?.("#palette");
  if (!dialog) return;
  const items = all("li[data-href]", dialog);
  const at = items.findIndex((it) => it.getAttribute("aria-selected") === "true");
  if (event.key === "Enter" && items[at]) location.assign(items[at].dataset.href);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && items.length) {
    event.preventDefault();
    const next = (at + step + items.length) % items.length;
    items.forEach((it, index) => it.setAttribute("aria-selected", String(index === next)));
    items[next].scrollIntoView({ block: "nearest" });
    find("input", dialog).setAttribute("aria-activedescendant", items[next].id);
  }
});
document.addEventListener("input", (event) => { if (event.target.closest("#palette")) choose(event.target.value); });
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette]")) openPalette();
  const item = event.target.closest("#palette li[data-href]");
  if (item) location.assign(item.dataset.href);
});

// ---------------------------------------------------------------- logs of jobs

function showLog(box) {
  const path = "/api/v1/snapshot-jobs/" + encodeURIComponent(box.dataset.log) + "/log";
  const root = box.closest("[data-log-frame]") ?? document;
  const follows = find("[data-follow]", root);
  const search = find("[data-search]", root);
  const count = find("[data-found]", root);
  let phase = "";
  let hits = [];
  let hit = -1;
  const following = (yes) => {
    follows?.setAttribute("aria-pressed", String(yes));
    if (follows) follows.textContent = yes ? "Pause" : "Follow";
  };
  const pause = () => following(false);
  const end = () => { if (follows?.getAttribute("aria-pressed") === "true") box.scrollTop = box.scrollHeight; };
  const mark = (row) => {
    const text = search?.value.toLowerCase() ?? "";
    row.classList.toggle("found", text !== "" && row.dataset.text.includes(text));
  };
  const source = new EventSource(path);
  const waiting = [];
  let planned = false;
  const show = () => {
    planned = false;
    const rows = document.createDocumentFragment();
    for (const line of waiting.splice(0)) {
      if (line.phase !== phase) {
        phase = line.phase;
        rows.append(element("div", { className: "l phase" }, element("a", {}), element("span", { textContent: phase.replaceAll("_", " ") })));
      }
      const link = element("a", { href: "#line-" + line.seq, textContent: line.seq, title: "Link to this line" });
      const row = element("div", { className: "l " + line.stream, id: "line-" + line.seq }, link, element("span", { textContent: line.text }));
      row.dataset.text = line.text.toLowerCase();
      mark(row);
      rows.append(row);
    }
    box.append(rows);
    const linked = box.dataset.jumped ? null : document.getElementById(location.hash.slice(1));
    if (linked) {
      box.dataset.jumped = "yes";
      pause();
      linked.scrollIntoView({ block: "center" });
    }
    end();
  };
  source.addEventListener("line", (message) => {
    waiting.push(JSON.parse(message.data));
    if (!planned) {
      planned = true;
      setTimeout(show, 50);
    }
  });
  source.addEventListener("end", (message) => {
    source.close();
    const job = JSON.parse(message.data);
    box.dispatchEvent(new CustomEvent("job-ended", { bubbles: true, detail: job }));
    refresh((subjects) => subjects.includes("snapshot_job") || subjects.includes(job.id));
  });
  window.addEventListener("pagehide", () => source.close());
  follows?.addEventListener("click", () => {
    following(follows.getAttribute("aria-pressed") !== "true");
    end();
  });
  search?.addEventListener("input", () => {
    all(".l[data-text]", box).forEach(mark);
    hits = all(".l.found", box);
    hit = -1;
    if (count) count.textContent = search.value ? `${hits.length} found` : "";
  });
  search?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !hits.length) return;
    event.preventDefault();
    hit = (hit + (event.shiftKey ? -1 : 1) + hits.length) % hits.length;
    pause();
    hits[hit].scrollIntoView({ block: "center" });
    if (count) count.textContent = `${hit + 1} of ${hits.length}`;
  });
}

document.addEventListener("click", (event) => {
  const line = event.target.closest(".log .l > a[href]");
  if (line) navigator.clipboard?.writeText(new URL(line.getAttribute("href"), location.href).href).then(() => say("Copied the link to this line."), () => {});
});

// Trying a setup script out beside the editor.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-try]");
  if (!button) return;
  const panel = find("#trial");
  const box = find("[data-trial]", panel);
  const state = find("[data-trial-state]", panel);
  panel.hidden = false;
  box.replaceChildren();
  button.disabled = true;
  state.className = "badge busy";
  state.textContent = "running";
  try {
    const script = find("[name=setupScript]", button.closest("form"));
    const job = await api("POST", button.dataset.try, { setupScript: script.value.replace(/\r\n/g, "\n") });
    box.dataset.log = job.id;
    showLog(box);
    box.addEventListener("job-ended", ({ detail }) => {
      button.disabled = false;
      const fine = detail.state === "succeeded";
      state.className = "badge " + (fine ? "good" : "bad");
      state.textContent = fine ? "it works" : detail.failure?.code ?? detail.state;
      if (!fine && detail.failure) say(detail.failure.message, { bad: true, next: detail.failure.nextStep });
    }, { once: true });
  } catch (problem) {
    button.disabled = false;
    state.className = "badge bad";
    state.textContent = "not started";
    failed(problem);
  }
});

// ---------------------------------------------------------------- commands in a session

function showConsole(frame) {
  const form = find("form", frame);
  const input = find("input[name=command]", form);
  const box = find("[data-output]", frame);
  const stop = find("[data-interrupt]", frame);
  const key = "history " + frame.dataset.console;
  const history = JSON.parse(sessionStorage.getItem(key) ?? "[]");
  let at = history.length;
  let socket = null;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const command = input.value.trim();
    if (!command || socket) return;
    history.push(command);
    sessionStorage.setItem(key, JSON.stringify(history.slice(-50)));
    at = history.length;
    input.value = "";
    const out = element("div", { className: "out" });
    const ending = element("div", { className: "end", textContent: "running…" });
    box.append(element("div", {}, element("div", { className: "command", textContent: "$ " + command }), out, ending));
    const address = new URL("/api/v1/sessions/" + encodeURIComponent(frame.dataset.console) + "/exec", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    stop.hidden = false;
    const decoder = [new TextDecoder(), new TextDecoder()];
    const begun = performance.now();
    let shown = 0;
    const over = (text, bad) => {
      ending.textContent = text;
      ending.classList.toggle("bad", bad);
      stop.hidden = true;
      socket = null;
      box.scrollTop = box.scrollHeight;
    };
    let told = false;
    socket.onopen = () => socket.send(JSON.stringify({ command: ["sh", "-c", command], stdin: false }));
    socket.onmessage = (message) => {
      if (typeof message.data === "string") {
        const said = JSON.parse(message.data);
        const seconds = ((performance.now() - begun) / 1000).toFixed(2);
        if ("exitCode" in said) { told = true; over(`exit code ${said.exitCode} after ${seconds} s`, said.exitCode !== 0); }
        if (said.error) { told = true; over([said.error.detail, said.error.nextStep].filter(Boolean).join(" "), true); }
        return;
      }
      const bytes = new Uint8Array(message.data);
      const text = decoder[bytes[0] - 1].decode(bytes.subarray(1), { stream: true });
      shown += text.length;
      if (shown > 2000000) {
        if (!find(".cut", out)) out.append(element("span", { className: "cut", textContent: "\n… more output is not shown here" }));
        return;
      }
      const last = out.lastElementChild;
      const wanted = bytes[0] === 2 ? "err" : "plain";
      if (last?.className === wanted) last.append(text);
      else out.append(element("span", { className: wanted, textContent: text }));
      const near = box.scrollHeight - box.scrollTop - box.clientHeight < 120;
      if (near) box.scrollTop = box.scrollHeight;
    };
    socket.onclose = () => { if (!told && socket) over("The connection broke off.", true); };
  });
  stop.addEventListener("click", () => socket?.send(JSON.stringify({ signal: "SIGINT" })));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    at = Math.max(0, Math.min(history.length, at + step));
    input.value = history[at] ?? "";
  });
}

// ---------------------------------------------------------------- editors

function showEditors() {
  if (!window.CodeMirror) return;
  for (const area of all("textarea[data-editor]")) {
    const editor = CodeMirror.fromTextArea(area, {
      mode: area.dataset.editor,
      lineNumbers: true,
      lineWrapping: true,
      indentUnit: 2,
      screenReaderLabel: area.getAttribute("aria-label") ?? area.labels?.[0]?.textContent ?? "Text",
      // Tab leaves the field, as everywhere else on the page.
      extraKeys: { Tab: false, "Shift-Tab": false },
    });
    editor.on("change", () => {
      editor.save();
      changed(area.form);
    });
  }
}

// ---------------------------------------------------------------- files that are read into a form

document.addEventListener("change", async (event) => {
  const file = event.target.closest("input[data-into]");
  if (file?.files[0]) find(file.dataset.into).value = await file.files[0].text();
});

// ---------------------------------------------------------------- begin

const message = sessionStorage.getItem("message");
if (message) {
  sessionStorage.removeItem("message");
  const { text, options } = JSON.parse(message);
  say(text, options);
}
showTimes();
reachScrolls();
showTheme();
showEditors();
all("select[data-choice]").forEach(showChoice);
all("dialog[data-open]").forEach((it) => it.showModal());
all("[data-log]").forEach(showLog);
all("[data-console]").forEach(showConsole);
if (document.body.dataset.after !== undefined) follow(document.body.dataset.after);
document.documentElement.dataset.ready = "yes";
