// What pages can do besides following links, each asked for by an attribute:
//   data-poll="/address" data-every="2"   fetches a fragment every so many seconds and puts it in the element's place;
//                                         the fragment goes on only where it carries the attributes itself
//   data-live="selector" (on a form)      sends it in the background and puts the same part of the answer in place
//   data-opens="id"                       opens that <dialog>; data-closes closes the one it stands in
//   data-copy="text"                      copies it, and says so
//   data-png (on a link to an SVG)        saves it as a PNG file of the name in `download`
//   data-print                            opens the browser's print dialog
//   data-once (on a form)                 cannot be sent twice
//   data-local="medium" (on a <time>)     shows it in the reader's time zone, to the second; "short": to the minute;
//                                         "day": the day alone; the written time, UTC, is shown on hover
//   data-utc (on a datetime-local input)  shows and reads it in the reader's time zone, and sends it in UTC
//   data-zone                             says which time zone that is
//   data-picture="text" (on a link)       loads the picture that it leads to, and puts it in place of its [data-frame]
(() => {
  const announce = (text) => {
    const toasts = document.querySelector("[data-toasts]");
    if (!toasts) return;
    const toast = document.createElement("p");
    toast.className = "toast";
    toast.textContent = text;
    toasts.append(toast);
    setTimeout(() => toast.remove(), 4000);
  };

  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

  const replace = (old, text) => {
    const fresh = parsed(text).body.firstElementChild;
    if (!fresh) return;
    const focused = document.activeElement && old.contains(document.activeElement) ? document.activeElement.id : "";
    const place = document.importNode(fresh, true);
    for (const opened of old.querySelectorAll("details[id][open]")) {
      place.querySelector(`#${CSS.escape(opened.id)}`)?.setAttribute("open", "");
    }
    old.replaceWith(place);
    if (focused) document.getElementById(focused)?.focus();
    begin(place);
  };

  const poll = (element) => {
    const seconds = Number(element.dataset.every || 2);
    let failures = 0;
    const next = () => setTimeout(look, Math.min(30, seconds * 2 ** failures) * 1000);
    const look = async () => {
      if (!element.isConnected) return;
      if (document.hidden) return next();
      try {
        const answer = await fetch(element.dataset.poll, { headers: { "X-Fragment": "1" }, credentials: "same-origin" });
        if (answer.redirected || answer.status === 401 || answer.status === 404) return location.reload();
        if (!answer.ok) throw new Error(String(answer.status));
        replace(element, await answer.text());
      } catch {
        failures += 1;
        next();
      }
    };
    next();
  };

  const sendInBackground = async (form, submitter) => {
    const selector = form.dataset.live;
    const fields = new URLSearchParams(new FormData(form, submitter));
    const posts = form.method.toLowerCase() === "post";
    const address = new URL(form.action);
    if (!posts) address.search = fields;
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { method: posts ? "POST" : "GET", body: posts ? fields : undefined, credentials: "same-origin" });
      const fresh = parsed(await answer.text()).querySelector(selector);
      const old = document.querySelector(selector);
      if (!fresh || !old) return form.submit();
      const place = document.importNode(fresh, true);
      old.replaceWith(place);
      begin(place);
      if (!posts) history.replaceState(null, "", address);
    } catch {
      form.submit();
    } finally {
      form.removeAttribute("aria-busy");
    }
  };

  const show = (link) => {
    const picture = document.createElement("img");
    picture.className = "picture";
    picture.alt = link.dataset.picture;
    picture.referrerPolicy = "no-referrer";
    picture.addEventListener("load", () => link.closest("[data-frame]")?.replaceChildren(picture));
    picture.addEventListener("error", () => announce("The picture could not be loaded"));
    picture.src = link.href;
  };

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const showInZone = (time) => {
    const { local } = time.dataset;
    const style = { dateStyle: "medium", ...(local === "day" ? {} : { timeStyle: local }) };
    const written = time.textContent.trim();
    time.title = written.endsWith("UTC") ? written : `${written} UTC`;
    time.textContent = new Intl.DateTimeFormat("en-GB", style).format(new Date(time.dateTime));
  };

  const twoDigits = (number) => String(number).padStart(2, "0");
  const asLocalInput = (at) =>
    `${at.getFullYear()}-${twoDigits(at.getMonth() + 1)}-${twoDigits(at.getDate())}` +
    `T${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}:${twoDigits(at.getSeconds())}`;
  const readInZone = (input) => {
    if (input.value) input.value = asLocalInput(new Date(`${input.value}Z`));
    for (const label of input.labels) {
      for (const part of label.childNodes) {
        if (part.nodeType === Node.TEXT_NODE) part.textContent = part.textContent.replace("(UTC)", `(${zone})`);
      }
    }
  };
  document.addEventListener("formdata", (event) => {
    for (const input of event.target.querySelectorAll("[data-utc]")) {
      const at = new Date(input.value);
      if (!Number.isNaN(at.valueOf())) event.formData.set(input.name, at.toISOString().slice(0, 19));
    }
  });

  const PNG_PIXELS = 1024;
  const saveAsPng = async (link) => {
    const drawing = new Image();
    drawing.src = link.href;
    await drawing.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = PNG_PIXELS;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(drawing, 0, 0, PNG_PIXELS, PNG_PIXELS);
    const file = await new Promise((made) => canvas.toBlob(made, "image/png"));
    const save = document.createElement("a");
    save.href = URL.createObjectURL(file);
    save.download = link.download;
    save.click();
    setTimeout(() => URL.revokeObjectURL(save.href), 60_000);
  };

  const begin = (root) => {
    const each = (selector, action) => {
      if (root.matches?.(selector)) action(root);
      for (const element of root.querySelectorAll(selector)) action(element);
    };
    each("[data-poll]", poll);
    each("[data-scripted]", (element) => { element.hidden = false; });
    each("time[data-local]", showInZone);
    each("[data-utc]", readInZone);
    each("[data-zone]", (element) => {
      element.textContent = zone === "UTC" ? "All times are UTC" : `Times are of ${zone}; point at one for UTC`;
    });
  };

  document.addEventListener("click", async (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.opens)?.showModal();
      return;
    }
    const offer = event.target.closest("[data-picture]");
    if (offer && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      show(offer);
      return;
    }
    const closer = event.target.closest("[data-closes]");
    const dialog = closer?.closest("dialog");
    if (dialog?.open) {
      event.preventDefault();
      dialog.close();
      return;
    }
    const drawing = event.target.closest("[data-png]");
    if (drawing) {
      event.preventDefault();
      saveAsPng(drawing).catch(() => announce("The picture could not be made"));
      return;
    }
    if (event.target.closest("[data-print]")) return print();
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      try {
        await navigator.clipboard.writeText(copier.dataset.copy);
        announce("Copied");
      } catch {
        announce("Your browser does not allow copying here");
      }
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-live]")) {
      event.preventDefault();
      sendInBackground(form, event.submitter);
    } else if (form.matches("[data-once]")) {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "1";
      event.submitter?.setAttribute("aria-disabled", "true");
    }
  });
  // A page that comes back from the browser's memory may be sent again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
    }
  });

  begin(document);
  document.querySelector("[aria-invalid=true]")?.focus();
})();
