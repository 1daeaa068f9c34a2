// Runs the script of one of our pages as a browser would, with just enough of a document: node page.mjs URL ACTION…
//
// Prints, as JSON lines, what the page says and what it asks of the server. ACTION is "click:ID" or "fill:ID=VALUE".
const [url, ...steps] = process.argv.slice(2);
const html = await (await fetch(url, { headers: { Accept: "text/html" } })).text();
const script = html.match(/<script nonce="[^"]+">([\s\S]*)<\/script>/)[1];
const tell = (entry) => console.log(JSON.stringify(entry));

const elements = {};
const element = (id) => elements[id] ??= {
  id, value: "", disabled: false, listeners: {},
  addEventListener(name, run) { (this.listeners[name] ??= []).push(run); },
  set textContent(text) { tell({ id, says: text }); },
  focus() {}, setAttribute() {}, removeAttribute() {},
};
const page = new URL(url);
globalThis.location = page;
globalThis.history = { replaceState: (_, __, path) => { page.search = ""; tell({ address: page.href, path }); } };
globalThis.document = { getElementById: (id) => (html.includes(`id="${id}"`) ? element(id) : null) };
const cookies = new Map();
const plain = globalThis.fetch;
globalThis.fetch = async (path, options = {}) => {
  const target = new URL(path, page);
  const headers = { ...options.headers, Cookie: [...cookies].map((pair) => pair.join("=")).join("; ") };
  const answer = await plain(target, { ...options, headers });
  for (const line of answer.headers.getSetCookie()) cookies.set(...line.split(";")[0].split(/=(.*)/s).slice(0, 2));
  tell({ asks: `${options.method ?? "GET"} ${target.pathname}${target.search}`, status: answer.status });
  return answer;
};

await import("data:text/javascript," + encodeURIComponent(script));
for (const step of steps) {
  const [what, id, value] = step.split(/[:=]/);
  if (what === "fill") element(id).value = value;
  else for (const run of element(id).listeners[what] ?? []) await run({ preventDefault() {} });
}
tell({ disabled: Object.keys(elements).filter((id) => elements[id].disabled) });
