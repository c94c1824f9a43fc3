// The API reference: finds operations in the list, and tries one out against the server that the page comes from.
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

const filter = one("[data-filter]");
if (filter) {
  const found = one("[data-found]");
  const groups = all("[data-group]").map((group) => ({
    group,
    lines: all("li", group).map((line) => ({ line, text: `${group.firstElementChild.textContent} ${line.textContent}`.toLowerCase() })),
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
    found.textContent = wanted.length ? `${count} ${count === 1 ? "operation" : "operations"}` : "";
  };
  filter.addEventListener("input", look);
  look();
}

const form = one("[data-try]");
if (form) {
  const scheme = one("[data-scheme]", form);
  const credential = one("[data-credential]", form);
  const result = one("[data-result]", form);
  const answer = one("[data-answer]");
  // What is typed stays in this tab, under the kind of credential it is.
  const place = () => `docs:${scheme.value}`;
  const remembered = () => {
    try { return sessionStorage.getItem(place()) || ""; } catch { return ""; }
  };
  const remember = () => {
    try { sessionStorage.setItem(place(), credential.value); } catch { /* private windows remember nothing */ }
  };
  const choose = () => {
    credential.value = remembered();
    credential.placeholder = scheme.selectedOptions[0].dataset.hint;
  };
  if (scheme) {
    choose();
    scheme.addEventListener("change", choose);
    credential.addEventListener("change", remember);
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
    if (scheme && credential.value !== "") {
      const { header, prefix } = scheme.selectedOptions[0].dataset;
      const typed = credential.value.trim();
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

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (scheme) remember();
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
