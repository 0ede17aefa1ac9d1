// The page of a gate. Whatever a code says reaches the page as text, never as markup.

const FRAME_WIDTH = 1280;
const GUN_PAUSE = 700; // milliseconds after which typed text without an Enter is complete
const STATE_EVERY = 2000;
const SHAPES = {
  PASS: "M50 3a47 47 0 1 0 .1 0z|M26 52l17 17 33-38",
  HOLD: "M50 4L97 92H3z|M50 36v28M50 75v7",
  DENY: "M30 3h40l27 27v40l-27 27H30L3 70V30z|M32 32l36 36M68 32l-36 36",
  WAIT: "M5 5h90v90H5z|M20 30h24v24H20zM56 30h24v24H56z",
};
const TONES = {
  PASS: [[660, 0, 0.12], [990, 0.13, 0.2]],
  HOLD: [[520, 0, 0.16], [520, 0.24, 0.16]],
  DENY: [[220, 0, 0.5]],
};
const KEYS = "123456789X0ABCDEFGHJKLMNPQRSTUVWYZIO".split("");

const $ = (id) => document.getElementById(id);
const state = { words: {}, language: "zh-Hans", data: null, scan: null, clearAt: 0, timer: null, asking: false, offline: false };

// ---- words

const languages = ["zh-Hans", "zh-Hant", "en"];
const t = (key, values = {}) =>
  (state.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
const serverLanguage = () => (state.language === "zh-Hans" ? "zh" : state.language);

async function speak(language) {
  const answer = await fetch(`locale/${language}.json`);
  state.words = await answer.json();
  state.language = language;
  localStorage.setItem("language", language);
  document.documentElement.lang = language;
  document.documentElement.dir = state.words.dir;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  $("language").setAttribute("aria-label", t("language"));
  $("pick").setAttribute("aria-label", t("choose_file"));
  $("camera").setAttribute("aria-label", t("camera"));
  $("clear-after").setAttribute("aria-label", t("clear_after"));
  if (state.cameraProblem) $("camera-note").textContent = t(state.cameraProblem);
  if (state.data) show(state.data);
  if (state.scan) showAnswer(state.scan, true);
}

// ---- small helpers

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  if (className) node.className = className;
  return node;
}
const clockTime = (seconds) =>
  new Date(seconds * 1000).toLocaleString(state.language, { dateStyle: "medium", timeStyle: "short" });
const shortTime = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString(state.language, { hour: "2-digit", minute: "2-digit" });

async function ask(path, body, headers = {}) {
  const options = body === undefined ? {} : { method: "POST", body, headers };
  const answer = await fetch(path, options);
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error ?? answer.status);
  return found;
}
const askJson = (path, value) => ask(path, JSON.stringify(value), { "Content-Type": "application/json" });

let toastTimer;
function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => ($("toast").hidden = true), 6000);
}

// ---- what stands on the edges: shift, freshness, problems

async function refresh() {
  try {
    show(await ask("/gate/state"));
    state.offline = false;
  } catch {
    state.offline = true;
    problem(t("server_gone"), []);
  }
}

function show(data) {
  state.data = data;
  $("checkpoint").textContent = data.name;
  $("destination").textContent = data.destination;
  $("start-destination").textContent = data.destination;
  showFreshness(data);
  showSync(data);
  const noRules = data.trust && data.trust.rules_version === null;
  if (!data.trust) {
    problem(t("no_store"), [
      [t("no_store_1"), "trustcert sync URL --root root.json"],
      [t("no_store_2"), "trustcert store import cn.zip --root root.json"],
      [data.problem, null],
    ]);
  } else if (noRules) problem(t("no_policy", { destination: data.destination }), [[t("no_policy_text"), null]]);
  else $("problem").hidden = true;
  const running = data.began !== null;
  const usable = Boolean(data.trust) && !noRules;
  $("view").hidden = !(running && usable);
  $("start").hidden = running || !usable || !$("totals").hidden;
  $("end").disabled = !running;
  $("resume").hidden = !data.broken_off;
  $("sync").hidden = !data.can_sync;
  if (!running && !$("name").value) $("name").value = data.name;
  if (running && usable) startCamera();
  showCounts(data);
  showBundles(data, running);
}

function problem(title, rows) {
  $("problem-title").textContent = title;
  $("problem-text").replaceChildren(
    ...rows.filter(([text]) => text).map(([text, command]) => {
      const row = element("p", text + (command ? " " : ""));
      if (command) row.append(element("code", command));
      return row;
    }),
  );
  $("problem").hidden = false;
  $("start").hidden = $("view").hidden = true;
}

function showFreshness({ trust }) {
  const box = $("freshness");
  box.className = "";
  box.textContent = "";
  if (!trust) return;
  const age = Math.floor((trust.registry_age ?? 0) / 3600);
  const until = trust.good_until === null ? "" : clockTime(trust.good_until);
  let kind = "good", text;
  if (trust.clock_at_least !== null) [kind, text] = ["bad", t("clock_wrong", { time: clockTime(trust.clock_at_least) })];
  else if (trust.registry_age === null) text = t("fresh_none");
  else if (trust.registry_age >= trust.hold_after) [kind, text] = ["bad", t("fresh_hold", { age })];
  else if (trust.registry_age >= trust.warn_after) [kind, text] = ["warn", t("fresh_warn", { age, until })];
  else text = t("fresh", { age, until });
  if (trust.problem) [kind, text] = ["bad", t("store_problem", { problem: trust.problem })];
  box.className = kind;
  box.textContent = text;
}

let lastSync = null;
function showSync({ syncing }) {
  if (!syncing) return;
  if (!syncing.done) {
    lastSync = "running";
    toast(t("syncing", { kb: Math.round(syncing.bytes / 1024) }));
  } else if (lastSync === "running") {
    lastSync = "done";
    if (syncing.problem) toast(t("sync_failed", { problem: syncing.problem }));
    else toast(t(syncing.changed ? "synced" : "synced_same"));
  }
}

function showCounts({ numbers, log_problem: failed }) {
  $("counts").textContent = numbers
    ? t("counts", { scans: numbers.scans, duplicates: numbers.duplicates, ...numbers.by_verdict })
    : "";
  const text = failed ? t("log_failed", { problem: failed }) : "";
  if ($("log-problem").textContent !== text) $("log-problem").textContent = text;
}

function showBundles({ bundles, bundle }, running) {
  $("bundles").replaceChildren(
    ...(running ? bundles : []).map((entry) => {
      const name = state.language === "en" ? entry.en || entry.name : entry.zh || entry.name;
      const button = element("button", t("collecting", { name }));
      button.type = "button";
      button.onclick = async () => {
        toggleMenu(false);
        taken(await askJson("/gate/bundle", { name: entry.name }));
      };
      return button;
    }),
  );
  if (!bundle) $("collect").hidden = true;
}

// ---- answers

function taken({ answers, synced }) {
  if (synced) {
    toast(t("file_taken"));
    refresh();
  }
  for (const answer of answers) {
    if (answer.bundle) showBundle(answer.bundle);
    else if (answer.parts) showAnswer({ signal: "WAIT", parts: answer.parts });
    else showAnswer(answer);
  }
  if (answers.length) refresh();
}

function showAnswer(answer, redraw = false) {
  state.scan = answer;
  const box = $("answer");
  box.className = answer.signal;
  drawShape(answer.signal);
  const word = answer.signal === "WAIT" ? t("wait") : t(answer.signal);
  $("word").textContent = word;
  $("signal").textContent = state.language === "en" || answer.signal === "WAIT" ? "" : answer.signal;
  $("facts").replaceChildren(...facts(answer));
  const lines = answer.words?.[serverLanguage()] ?? [];
  const shown = lines.map((line) => {
    const row = element("li", `${line.what} `);
    row.append(element("span", line.next, "next"));
    if (line.detail) row.append(element("span", line.detail, "detail"));
    return row;
  });
  const warnings = (answer.warnings?.[serverLanguage()] ?? []).map((text) => element("li", text));
  if (answer.parts) shown.push(element("li", t("parts", answer.parts)));
  $("why").replaceChildren(...shown, ...warnings);
  $("again-note").textContent = answer.duplicate ? t("duplicate", { time: shortTime(answer.duplicate) }) : "";
  box.hidden = false;
  box.classList.toggle("alone", !$("facts").children.length && !$("why").children.length && !answer.ask);
  if (!redraw) {
    $("answer-body").scrollTop = 0;
    $("live").textContent = [word, answer.holder, ...lines.map((l) => `${l.what} ${l.next}`)].filter(Boolean).join(". ");
    performance.mark("answer", { detail: { signal: answer.signal, scan: answer.scan } });
    document.body.dataset.scan = answer.scan ?? "";
    play(answer.signal);
  }
  showAsk(answer);
  startClock(answer.ask ? 0 : Number($("clear-after").value));
}

function facts(answer) {
  const rows = [];
  const add = (key, value) => value && rows.push(element("dt", t(key)), element("dd", value));
  add("holder", answer.holder);
  add("kind", answer.type && t(`type_${answer.type}`));
  if (answer.issuer) {
    const name = state.language === "en" ? answer.issuer.en : answer.issuer.zh;
    add("issuer", name === answer.issuer.id ? name : `${name} (${answer.issuer.id})`);
  }
  if (answer.tested_at) add("test_age", t("hours_ago", { hours: Math.floor((answer.at - answer.tested_at) / 3600) }));
  if (answer.valid_until) add("valid_until", clockTime(answer.valid_until));
  return rows;
}

function drawShape(signal) {
  const [outline, mark] = SHAPES[signal].split("|");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  for (const [d, filled] of [[outline, true], [mark, false]]) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", d);
    path.setAttribute("fill", filled ? "#ffffff" : "none");
    path.setAttribute("stroke", filled ? "none" : "#101418");
    path.setAttribute("stroke-width", "10");
    svg.append(path);
  }
  $("shape").replaceChildren(svg);
}

function startClock(seconds) {
  clearTimeout(state.timer);
  const hand = $("clock-hand");
  hand.classList.remove("run");
  $("clock").hidden = !seconds;
  if (!seconds) return;
  void hand.offsetWidth; // restarts the animation
  hand.style.animationDuration = `${seconds}s`;
  hand.classList.add("run");
  state.timer = setTimeout(clear, seconds * 1000);
}

function clear() {
  clearTimeout(state.timer);
  state.scan = null;
  state.asking = false;
  $("answer").hidden = true;
  document.body.dataset.scan = "";
  $("gun").focus();
}

// ---- what a check asks

function showAsk(answer) {
  const box = $("ask");
  box.replaceChildren();
  state.asking = Boolean(answer.ask);
  if (!answer.ask) return;
  box.append(element("p", t(`ask_${answer.ask}`)));
  if (answer.ask === "document") box.append(...keypad(answer));
  if (answer.ask === "departure") box.append(...departure(answer));
}

async function again(values) {
  try {
    taken(await askJson("/gate/again", { scan: state.scan.scan, ...values }));
  } catch (error) {
    toast(t("refused", { problem: error.message }));
  }
}

function keypad(answer) {
  const typed = element("p", "", "typed");
  typed.id = "typed";
  typed.setAttribute("aria-live", "polite");
  const keys = element("div", null, "keypad");
  const send = () => typed.textContent && again({ number: typed.textContent });
  for (const key of KEYS.slice(0, 11)) {
    const button = element("button", key);
    button.type = "button";
    button.onclick = () => { if (typed.textContent.length < 24) typed.textContent += key; };
    keys.append(button);
  }
  const back = element("button", "⌫");
  back.type = "button";
  back.setAttribute("aria-label", t("delete"));
  back.onclick = () => (typed.textContent = typed.textContent.slice(0, -1));
  const go = element("button", t("check"), "primary");
  go.type = "button";
  go.id = "keypad-send";
  go.onclick = send;
  keys.append(back);
  typed.dataset.scan = answer.scan;
  return [typed, keys, go];
}

function departure() {
  const input = element("input");
  input.type = "datetime-local";
  input.id = "departed";
  input.setAttribute("aria-label", t("ask_departure"));
  const go = element("button", t("check"), "primary");
  go.type = "button";
  go.onclick = () => {
    const moment = new Date(input.value);
    if (!Number.isNaN(moment.getTime())) again({ departed_at: moment.toISOString() });
  };
  return [input, go];
}

// ---- bundles

function showBundle(bundle) {
  const english = state.language === "en";
  $("collect-title").textContent = `${t("collecting", { name: english ? bundle.en : bundle.zh })} · ${t(bundle.signal)}`;
  $("collect-parts").replaceChildren(
    ...bundle.parts.map((part) => element("li", `${english ? part.en : part.zh}: ${t(`part_${part.state}`)}`, part.state)),
  );
  $("collect").hidden = false;
  $("answer").hidden = true;
  document.body.dataset.bundle = bundle.signal;
}
$("collect-end").onclick = async () => {
  await askJson("/gate/bundle", { action: "end" });
  $("collect").hidden = true;
  delete document.body.dataset.bundle;
};

// ---- sound

let audio;
function play(signal) {
  if (!$("sound").checked || !TONES[signal]) return;
  try {
    audio ??= new AudioContext();
    for (const [frequency, from, length] of TONES[signal]) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = frequency;
      tone.type = signal === "DENY" ? "square" : "sine";
      volume.gain.value = 0.2;
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + from);
      tone.stop(audio.currentTime + from + length);
    }
  } catch { /* a device without sound */ }
}

// ---- scanner that types: whatever is typed while no field has the focus

const gun = $("gun");
let gunTimer;
function fired() {
  clearTimeout(gunTimer);
  const text = gun.value;
  gun.value = "";
  if (!text.trim()) return;
  if (state.asking && state.scan?.ask === "document" && /^[0-9A-Za-z ]{1,24}$/.test(text.trim())) {
    again({ number: text.trim() });
    return;
  }
  submit(text);
}
async function submit(text) {
  try {
    taken(await askJson("/gate/scan", { text }));
  } catch (error) {
    toast(t("refused", { problem: error.message }));
  }
}
gun.addEventListener("input", () => {
  clearTimeout(gunTimer);
  if (state.asking && state.scan?.ask === "document" && gun.value.length <= 24 && !/[\r\n]/.test(gun.value)) {
    const typed = $("typed");
    if (typed) typed.textContent = gun.value.trim();
    return; // a person types slowly and ends with Enter
  }
  if (/[\r\n]/.test(gun.value)) fired();
  else gunTimer = setTimeout(fired, GUN_PAUSE);
});
gun.addEventListener("keydown", (event) => {
  if (event.key === "Enter") { event.preventDefault(); fired(); }
  if (event.key === "Escape") clear();
});
document.addEventListener("keydown", (event) => {
  const inField = event.target.closest("input, select, textarea, button, a");
  if (event.key === "Escape") clear();
  else if (!inField && event.key.length === 1 && !event.ctrlKey && !event.metaKey) gun.focus();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("input, select, textarea, #menu")) gun.focus({ preventScroll: true });
});

// ---- pictures and files

async function sendFile(file) {
  try {
    taken(await ask("/gate/file", file, { "Content-Type": "application/octet-stream" }));
  } catch (error) {
    toast(t("refused", { problem: error.message }));
  }
}
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  for (const file of event.dataTransfer.files) await sendFile(file);
  const text = event.dataTransfer.getData("text/plain");
  if (!event.dataTransfer.files.length && text) submit(text);
});
document.addEventListener("paste", async (event) => {
  const files = [...event.clipboardData.files];
  if (!files.length) return; // text reaches the field of the scanner
  event.preventDefault();
  for (const file of files) await sendFile(file);
});
$("pick").onchange = async (event) => {
  for (const file of event.target.files) await sendFile(file);
  event.target.value = "";
};

// ---- camera

const video = $("video");
const canvas = document.createElement("canvas");
const pixels = canvas.getContext("2d", { willReadFrequently: true });
let stream = null, starting = false, cameraFailed = false, frames = 0;

async function startCamera(device) {
  if (starting || (!device && (stream || cameraFailed))) return;
  starting = true;
  try {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "NotFoundError");
    stream?.getTracks().forEach((track) => track.stop());
    const wanted = { width: { ideal: 1280 }, height: { ideal: 720 } };
    if (device) wanted.deviceId = { exact: device };
    else wanted.facingMode = "environment";
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
    video.srcObject = stream;
    state.cameraProblem = "";
    $("camera-note").textContent = "";
    const track = stream.getVideoTracks()[0];
    const settings = track.getSettings();
    if (!device) $("mirror").checked = settings.facingMode === "user";
    mirror();
    $("torch").hidden = !track.getCapabilities?.().torch;
    await listCameras(settings.deviceId);
    look();
  } catch (error) {
    cameraFailed = true;
    state.cameraProblem = error.name === "NotAllowedError" ? "camera_denied" : "no_camera";
    $("camera-note").textContent = t(state.cameraProblem);
  } finally {
    starting = false;
  }
}
async function listCameras(current) {
  const devices = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === "videoinput");
  $("camera-row").hidden = $("mirror-row").hidden = false;
  $("camera").replaceChildren(
    ...devices.map((device, number) => {
      const option = element("option", device.label || `${t("camera")} ${number + 1}`);
      option.value = device.deviceId;
      option.selected = device.deviceId === current;
      return option;
    }),
  );
}
$("camera").onchange = (event) => { cameraFailed = false; startCamera(event.target.value); };
const mirror = () => video.classList.toggle("mirrored", $("mirror").checked);
$("mirror").onchange = mirror;
let torch = false;
$("torch").onclick = () => {
  torch = !torch;
  stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch }] });
};

async function look() {
  const mine = stream;
  while (stream === mine && mine.active) {
    await new Promise((resolve) =>
      video.requestVideoFrameCallback ? video.requestVideoFrameCallback(resolve) : setTimeout(resolve, 40));
    if (!state.data || state.data.began === null || document.hidden || !video.videoWidth) continue;
    try {
      taken(await sendFrame());
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
function sendFrame() {
  performance.mark("frame");
  const scale = Math.min(1, FRAME_WIDTH / Math.max(video.videoWidth, video.videoHeight));
  const width = Math.round(video.videoWidth * scale), height = Math.round(video.videoHeight * scale);
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  pixels.drawImage(video, 0, 0, width, height);
  const colours = new Uint32Array(pixels.getImageData(0, 0, width, height).data.buffer);
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const c = colours[i];
    grey[i] = ((c & 255) * 77 + ((c >> 8) & 255) * 150 + ((c >> 16) & 255) * 29) >> 8;
  }
  document.body.dataset.frames = ++frames;
  return ask(`/gate/frame?w=${width}&h=${height}`, grey, { "Content-Type": "application/octet-stream" });
}

// ---- the shift and the menu

function toggleMenu(open = $("menu").hidden) {
  $("menu").hidden = !open;
  $("menu-button").setAttribute("aria-expanded", String(open));
}
$("menu-button").onclick = () => toggleMenu();
$("next").onclick = clear;
$("start-form").onsubmit = async (event) => {
  event.preventDefault();
  await begin({ name: $("name").value });
};
$("resume").onclick = () => begin({ name: $("name").value || "-", resume: true });
async function begin(values) {
  try {
    show(await askJson("/gate/begin", values));
    gun.focus();
  } catch (error) {
    toast(t("refused", { problem: error.message }));
  }
}
$("sync").onclick = async () => { toggleMenu(false); await askJson("/gate/sync", {}); refresh(); };
$("numbers-button").onclick = async () => { toggleMenu(false); totals(await ask("/gate/numbers.json").catch(() => null)); };
$("end").onclick = async () => { toggleMenu(false); clear(); totals(await askJson("/gate/end", {})); refresh(); };
$("totals-close").onclick = () => { $("totals").hidden = true; refresh(); };

function totals(found) {
  if (!found) return;
  const { numbers } = found;
  const rows = [element("p", `${found.checkpoint} · ${clockTime(found.began)}${found.ended ? ` – ${shortTime(found.ended)}` : ""}`),
    element("p", `${t("scans")}: ${numbers.scans} · ${t("duplicates")}: ${numbers.duplicates}`),
    chart([["", numbers.by_verdict]])];
  for (const group of ["by_type", "by_region"]) {
    const entries = Object.entries(numbers[group]);
    if (entries.length) rows.push(element("h3", t(group)), chart(entries.map(([name, counts]) =>
      [group === "by_type" ? t(`type_${name}`) : name, counts])));
  }
  if (found.digest) rows.push(element("p", t("ended", { digest: found.digest }), "hint"));
  if (found.log_problem) rows.push(element("p", t("log_failed", { problem: found.log_problem })));
  $("totals-body").replaceChildren(...rows);
  $("totals").hidden = false;
  $("view").hidden = $("start").hidden = $("answer").hidden = true;
  $("totals-close").focus();
}

function chart(rows) {
  const svgNode = (tag, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const most = Math.max(1, ...rows.map(([, counts]) => Object.values(counts).reduce((a, b) => a + b, 0)));
  const svg = svgNode("svg", { viewBox: `0 0 480 ${rows.length * 50}`, class: "chart", role: "img",
    "aria-label": rows.map(([name, c]) => `${name} ${t("PASS")} ${c.PASS}, ${t("HOLD")} ${c.HOLD}, ${t("DENY")} ${c.DENY}`).join("; ") });
  rows.forEach(([name, counts], row) => {
    let x = 0;
    svg.append(svgNode("text", { x: 0, y: row * 50 + 18 },
      `${name ? `${name}: ` : ""}${["PASS", "HOLD", "DENY"].map((s) => `${t(s)} ${counts[s]}`).join(" · ")}`));
    for (const signal of ["PASS", "HOLD", "DENY"]) {
      const width = (counts[signal] / most) * 480;
      svg.append(svgNode("rect", { x, y: row * 50 + 24, width, height: 18, class: signal }));
      x += width;
    }
  });
  return svg;
}

// ---- begin

for (const language of languages) {
  const names = { "zh-Hans": "简体中文", "zh-Hant": "繁體中文", en: "English" };
  const option = element("option", names[language]);
  option.value = language;
  $("language").append(option);
}
const wanted = localStorage.getItem("language") ??
  (/^zh-(TW|HK|MO|Hant)/i.test(navigator.language) ? "zh-Hant" : navigator.language.startsWith("en") ? "en" : "zh-Hans");
$("language").value = languages.includes(wanted) ? wanted : "zh-Hans";
$("language").onchange = (event) => speak(event.target.value);
await speak($("language").value);
await refresh();
setInterval(refresh, STATE_EVERY);
gun.focus();
document.body.dataset.ready = "1";
