// What only the console does: says a message once, shows where one is, reads the values of a chart, and reads a holder's
// code with the camera where the browser can.
(() => {
  const address = new URL(location.href);
  if (address.searchParams.has("notice")) {
    address.searchParams.delete("notice");
    history.replaceState(null, "", address);
  }

  // By hand: `scrollIntoView` would also move the place from which the Tab key goes on, past the first links of the page.
  for (const link of document.querySelectorAll(".nav [aria-current]")) {
    const nav = link.closest(".nav");
    const [inner, outer] = [link.getBoundingClientRect(), nav.getBoundingClientRect()];
    nav.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }

  // What is wrong with a form: each field is called as its label does, in the order of the page.
  const nameWrong = (list) => {
    const field = (line) => document.getElementById(line.querySelector("a").hash.slice(1));
    const isBelow = (line, other) => field(line)?.compareDocumentPosition(field(other) ?? document.body.lastElementChild) & Node.DOCUMENT_POSITION_FOLLOWING;
    for (const line of [...list.children].sort((line, other) => (isBelow(line, other) ? -1 : 1))) {
      const label = field(line)?.labels?.[0];
      if (label) line.querySelector("a").textContent = `${label.firstChild.textContent.trim()}:`;
      list.append(line);
    }
  };
  for (const list of document.querySelectorAll("[data-wrong]")) nameWrong(list);

  // The column that is pointed at, or else the latest one.
  const read = (event) => {
    const chart = event.target.closest?.(".chart");
    const line = chart?.querySelector("[data-read]");
    if (line) line.textContent = event.target.dataset.reading || line.dataset.read;
  };
  document.addEventListener("pointerover", read);
  document.addEventListener("pointerout", read);

  const form = document.querySelector("[data-scanner]");
  if (!form || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const button = form.querySelector("[data-camera]");
  const view = form.querySelector("[data-camera-view]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      button.textContent = "The camera may not be used here";
      return;
    }
    view.srcObject = stream;
    view.hidden = false;
    await view.play();
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    const look = async () => {
      const [code] = await detector.detect(view).catch(() => []);
      if (!code) return setTimeout(look, 150);
      for (const track of stream.getTracks()) track.stop();
      view.hidden = true;
      form.elements.code.value = code.rawValue;
      form.requestSubmit();
    };
    look();
  });
})();
