"use strict";

const byId = id => document.getElementById(id);
const log = byId("log"), ask = byId("ask"), question = byId("question"), send = byId("send"), stop = byId("stop");

let conversation;          // its id, once there is one
let running;               // the AbortController of the answer that is being given

// Text only ever becomes text: nothing that a model, a tool or a person says is read as HTML.
function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function callText(call) {
  return `${call.function}(${Object.entries(call.arguments).map(([name, value]) => `${name}: ${value}`).join(", ")})`;
}

async function post(path, body, signal) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
    signal,
  });
  if (!response.ok) throw new Error(`The page got ${response.status} from ${path}. Was the program started again? Reload the page.`);
  return response;
}

async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").filter(line => line.startsWith("data:")).map(line => line.slice(5).trimStart()).join("\n");
      if (data) yield JSON.parse(data);
    }
  }
}

// One answer on the page.
class Answer {
  constructor() {
    this.item = element("li", "answer open");
    this.item.setAttribute("aria-busy", "true");
    this.calls = [];
    log.append(this.item);
  }

  show(event) {
    const { item } = this;
    switch (event.type) {
      case "words":
        if (!this.words) item.append(this.words = element("p", "words", ""));
        this.words.append(event.text);
        break;
      case "approval":
        this.words = null;
        item.append(this.approval(event));
        break;
      case "call":
        this.words = null;
        this.call(event.call, "", "…");
        break;
      case "result":
        this.calls.at(-1).textContent = `→ ${event.result}`;
        break;
      case "refused":
        this.call(event.call, "refused", "→ not allowed");
        break;
      case "form":
        this.words?.remove();
        item.append(formOf(event.form));
        break;
      case "answer":
        item.append(element("p", "figures", figuresOf(event)));
        break;
      case "stopped":
        item.append(element("p", "notice", "stopped"));
        break;
      case "error":
        item.append(element("p", "failure", event.message));
        break;
    }
    item.scrollIntoView({ block: "end" });
  }

  call(call, className, outcome) {
    const shown = element("div", `call ${className}`, callText(call));
    const result = element("span", "result", outcome);
    shown.append(result);
    this.calls.push(result);
    this.item.append(shown);
  }

  approval({ number, call }) {
    const box = element("div", "approval");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "Approval");
    const text = element("p", "", "May I call ");
    text.append(element("code", "", callText(call)), "?");
    const decide = isAllowed => {
      box.remove();
      question.focus();
      post(`conversations/${conversation}/approvals/${number}`, { isAllowed }).catch(failure => this.show({ type: "error", message: failure.message }));
    };
    const allow = element("button", "allow", "Allow"), refuse = element("button", "refuse", "Refuse");
    allow.type = refuse.type = "button";
    allow.addEventListener("click", () => decide(true));
    refuse.addEventListener("click", () => decide(false));
    box.append(text, allow, refuse);
    requestAnimationFrame(() => refuse.focus());
    return box;
  }

  close() {
    this.item.classList.remove("open");
    this.item.removeAttribute("aria-busy");
    this.item.querySelectorAll(".approval").forEach(box => box.remove());
  }
}

function formOf(form) {
  const list = element("dl", "form");
  for (const [name, value] of Object.entries(form)) list.append(element("dt", "", name), element("dd", "", String(value)));
  return list;
}

function figuresOf(answer) {
  const parts = [];
  if (answer.firstWordMilliseconds != null) parts.push(`first word after ${answer.firstWordMilliseconds.toFixed(0)} ms`);
  if (answer.tokensPerSecond != null) parts.push(`${answer.tokensPerSecond.toFixed(0)} tokens/s`);
  parts.push(`${answer.cachedPromptTokens} of ${answer.promptTokens} prompt tokens cached`);
  return parts.join(" · ");
}

async function answer(text) {
  byId("welcome").hidden = true;
  log.append(element("li", "question", text));
  const shown = new Answer();
  running = new AbortController();
  send.hidden = true;
  stop.hidden = false;
  try {
    conversation ??= (await (await post("conversations")).json()).id;
    for await (const event of eventsOf(await post(`conversations/${conversation}/questions`, { text }, running.signal))) shown.show(event);
  } catch (failure) {
    shown.show(failure.name === "AbortError" ? { type: "stopped" } : { type: "error", message: failure.message });
  } finally {
    shown.close();
    running = null;
    send.hidden = false;
    stop.hidden = true;
    question.focus();
  }
}

ask.addEventListener("submit", event => {
  event.preventDefault();
  const text = question.value.trim();
  if (!text || running) return;
  question.value = "";
  answer(text);
});

question.addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask.requestSubmit();
  }
});

document.addEventListener("keydown", event => {
  if (event.key === "Escape") running?.abort();
});

stop.addEventListener("click", () => running?.abort());

fetch("about").then(response => response.json()).then(about => {
  byId("title").textContent = about.title[0].toUpperCase() + about.title.slice(1);
  byId("model").textContent = `${about.model} on ${about.device}, ${about.contextLength.toLocaleString()} tokens of context`;
  document.title = `${about.agent} · LlamaFp4`;
  byId("pocket").hidden = !about.isPocket;
  for (const text of about.suggestions) {
    const item = element("li"), button = element("button", "", text);
    button.type = "button";
    button.addEventListener("click", () => { if (!running) answer(text); });
    item.append(button);
    byId("suggestions").append(item);
  }
  byId("welcome").hidden = false;
});
