// Claims an NFT for a wallet in this browser (EIP-1193; several announce themselves by EIP-6963): asks it for an account,
// us for the text that proves it, the wallet for the signature, and sends the form that claims.
(() => {
  const place = document.querySelector("[data-wallets]");
  if (!place) return;
  const list = place.querySelector("[data-wallet-list]");
  const problem = place.querySelector("[data-wallet-problem]");
  const form = place.querySelector("[data-wallet-form]");
  const hint = document.querySelector("[data-no-wallet]");
  const known = new Set();

  const say = (text) => {
    problem.textContent = text;
    problem.hidden = !text;
  };

  const hex = (text) => "0x" + [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  const messageFor = async (address) => {
    const fields = new URLSearchParams({ csrf: form.elements.csrf.value, address });
    const answer = await fetch(place.dataset.message, { method: "POST", body: fields, credentials: "same-origin" });
    if (answer.status === 401) location.reload();
    if (!answer.ok) throw new Error("The text to sign could not be had. Please try again.");
    return answer.text();
  };

  const words = (error) => {
    if (error?.code === 4001) return "You have declined in your wallet. You can try again.";
    if (error?.code === -32002) return "Your wallet is waiting for your answer already: please open it.";
    return error?.message || "Your wallet did not answer.";
  };

  const claim = async (provider, button) => {
    say("");
    button.disabled = true;
    try {
      const accounts = await provider.request({ method: "eth_requestAccounts" });
      if (!accounts?.length) throw new Error("Your wallet has no account to show.");
      const message = await messageFor(accounts[0]);
      form.elements.message.value = message;
      form.elements.signature.value = await provider.request({ method: "personal_sign", params: [hex(message), accounts[0]] });
      form.submit();
    } catch (error) {
      say(words(error));
      button.disabled = false;
    }
  };

  const offer = (provider, name) => {
    if (known.has(provider)) return;
    known.add(provider);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-main button-wide";
    button.textContent = name ? `Connect ${name}` : "Connect my wallet";
    button.addEventListener("click", () => claim(provider, button));
    list.append(button);
    place.hidden = false;
    hint.hidden = true;
  };

  addEventListener("eip6963:announceProvider", (event) => offer(event.detail.provider, event.detail.info?.name));
  dispatchEvent(new Event("eip6963:requestProvider"));
  // A wallet that announces nothing is found where wallets have always been.
  setTimeout(() => { if (window.ethereum && !known.size) offer(window.ethereum, ""); }, 150);
})();
