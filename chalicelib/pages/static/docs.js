// The API reference: finds operations, keeps credentials for the tab, and tries an operation out on this server.
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Session storage may be switched off; then nothing is kept.
const kept = (name) => {
  try { return sessionStorage.getItem(`docs:${name}`) || ""; } catch { return ""; }
};
const keep = (name, value) => {
  try { sessionStorage.setItem(`docs:${name}`, value); } catch { /* see above */ }
};

const filter = one("[data-filter]");
if (filter) {
  const found = one("[data-found]");
  const guide = one("[data-guide]");
  const groups = all("[data-group]").map((group) => ({
    group,
    lines: all("li", group).map((line) => ({
      line, text: `${group.firstElementChild.textContent} ${line.textContent}`.toLowerCase(),
    })),
  }));
  const look = () => {
    const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { group, lines } of groups) {
      let here = 0;
      for (const { line, text } of lines) {
        line.hidden = !wanted.every((word) => text.includes(word));
        here += line.hidden ? 0 : 1;
      }
      group.hidden = here === 0;
      count += here;
    }
    guide.hidden = wanted.length > 0;
    found.textContent = wanted.length ? `${count} ${count === 1 ? "operation" : "operations"}` : "";
  };
  // Names of fields and codes of errors are many; they are fetched when someone begins to search.
  const learn = async () => {
    const answer = await fetch(filter.dataset.terms);
    if (!answer.ok) return;
    const terms = await answer.json();
    for (const { lines } of groups) {
      for (const each of lines) each.text += ` ${(terms[one("a", each.line).pathname.split("/").pop()] || "").toLowerCase()}`;
    }
    look();
  };
  filter.addEventListener("focus", () => learn().catch(() => {}), { once: true });
  filter.addEventListener("input", look);
  look();
}

for (const sample of all("[data-samples] details")) {
  if (kept("language")) sample.open = sample.dataset.language === kept("language");
  // A click, also by key, is told at once; "toggle" comes later, and for what the page itself opens as well.
  one("summary", sample).addEventListener("click", () => { if (!sample.open) keep("language", sample.dataset.language); });
}

const authorize = one("[data-authorize]");
const fields = all("[data-kept]", authorize);
for (const field of fields) field.value = kept(field.dataset.kept);
authorize.addEventListener("submit", (event) => {
  for (const field of fields) {
    if (event.submitter?.value === "forget") field.value = "";
    keep(field.dataset.kept, field.value.trim());
  }
  document.dispatchEvent(new Event("credentials-changed"));
});

const form = one("[data-try]");
if (form) {
  const scheme = one("[data-scheme]", form);
  const result = one("[data-result]", form);
  const answer = one("[data-answer]");
  const chosen = () => scheme.selectedOptions[0].dataset;
  const secret = () => (scheme ? kept(chosen().keptAs) : "");
  if (scheme) {
    const show = () => {
      const value = secret();
      one("[data-kept-value]", form).textContent = value ? `${value.slice(0, 12)}${value.length > 12 ? "…" : ""}` : "none yet";
    };
    const choose = () => {
      const usable = [...scheme.options].find((each) => kept(each.dataset.keptAs));
      if (usable && !secret()) usable.selected = true;
      show();
    };
    choose();
    scheme.addEventListener("change", show);
    document.addEventListener("credentials-changed", choose);
  }

  const request = () => {
    const headers = new Headers();
    const query = new URLSearchParams();
    let path = form.dataset.path;
    for (const input of all("[data-name]", form)) {
      const { name, place } = input.dataset;
      if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(input.value));
      else if (input.value !== "" && place === "query") query.append(name, input.value);
      else if (input.value !== "") headers.set(name, input.value);
    }
    if (secret()) {
      const { header, prefix } = chosen();
      const typed = secret();
      const basic = typed.includes(":") ? typed : `${typed}:`;
      headers.set(header, prefix === "Basic" ? `Basic ${btoa(basic)}` : prefix ? `${prefix} ${typed}` : typed);
    }
    const body = one("[data-body]", form);
    if (body) headers.set("Content-Type", one("[data-kind]", form).textContent);
    const search = query.size ? `?${query}` : "";
    return [path + search, { method: form.dataset.method, headers, body: body ? body.value : undefined, credentials: "omit", cache: "no-store" }];
  };

  const pretty = (text) => {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
  };

  // A link may fill the form in, behind its `#`: nothing is sent before somebody presses the button. Its values replace
  // all of the example's, since the two may contradict one another.
  const given = new URLSearchParams(location.hash.slice(1));
  const filled = all("[data-name], [data-body]", form).filter(({ dataset }) => given.has(dataset.name || "body"));
  if (filled.length) {
    for (const input of all('[data-place="query"]:not([required])', form)) input.value = "";
    form.scrollIntoView();
  }
  for (const input of filled) {
    const { name } = input.dataset;
    input.value = name ? given.get(name) : pretty(given.get("body"));
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [address, options] = request();
    const started = performance.now();
    result.textContent = "Sending …";
    form.setAttribute("aria-busy", "true");
    try {
      const got = await fetch(address, options);
      const text = await got.text();
      const milliseconds = Math.round(performance.now() - started);
      result.textContent = `${got.status} ${got.statusText} · ${milliseconds} ms · ${new Blob([text]).size} bytes`;
      one("[data-answer-body]").textContent = pretty(text) || "(no body)";
      one("[data-answer-headers]").textContent = [...got.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
      answer.hidden = false;
    } catch (error) {
      result.textContent = `No answer: ${error.message}`;
      answer.hidden = true;
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
}
