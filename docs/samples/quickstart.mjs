// A partner's first minutes: announce a user, apply an interaction, mint the NFT, and receive the signed webhook.
//
// It needs Node 18 or newer and a local run of the platform (`make run`). SPACEGARDEN_URL, SPACEGARDEN_KEY and
// SPACEGARDEN_ORIGIN name another run or partner. A deployed stage sends webhooks to public https addresses only.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const { env } = process;
const url = env.SPACEGARDEN_URL ?? "http://127.0.0.1:8000";
const key = env.SPACEGARDEN_KEY ?? "sg_dev_demo_localonly0localonly0localonly0";
const origin = env.SPACEGARDEN_ORIGIN ?? "spacex";
const wallet = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const oldestSeconds = 5 * 60;

/** Ends the program with a message. */
function end(message) {
  console.error(message);
  process.exit(1);
}

/** Calls the API and returns its JSON answer; a refusal ends the program with what the API says. */
async function call(method, path, body) {
  const answer = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  }).catch((error) => {
    const advice = "Start it with `make run`, or name another address in SPACEGARDEN_URL.";
    end(`Nothing answers at ${url}: ${error.cause?.message ?? error.message}. ${advice}`);
  });
  if (!answer.ok) end(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Whether a webhook is signed with the endpoint's secret and not old (standardwebhooks.com). */
function isGenuine(secret, headers, body) {
  const sentAt = headers["webhook-timestamp"];
  if (Math.abs(Date.now() / 1000 - Number(sentAt)) > oldestSeconds) return false;
  const secretKey = Buffer.from(secret.replace("whsec_", ""), "base64");
  const expected = Buffer.from(
    "v1," + createHmac("sha256", secretKey).update(`${headers["webhook-id"]}.${sentAt}.`).update(body).digest("base64"),
  );
  // After a rotation of the secret there are two signatures, separated by a space.
  return headers["webhook-signature"].split(" ").some((text) => {
    const given = Buffer.from(text);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

let receive;
const received = new Promise((resolve) => (receive = resolve));
const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  // Answer at once and work later: a slow answer counts as a failure.
  response.writeHead(204).end();
  receive([request.headers, Buffer.concat(parts)]);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const endpoint = await call("POST", "/webhooks/endpoints", { url: `http://127.0.0.1:${server.address().port}/` });

const uid = `guest-${process.hrtime.bigint()}`;
const guest = { uid, email: `${uid}@example.com` };
const where = { origin, contract_id: "summer_party" };
const nft = await call("POST", "/api/v1/newUserForPartner", { ...where, ...guest, user_category_id: "VIP" });
console.log("announced", uid, "with the NFT", nft.tokenId);

await call("POST", "/api/v1/newActionForUser", { ...where, action_id: "event_checkin", guest: { uid } });
await call("POST", "/api/v1/mintTokenForUser", { ...where, ...guest, user_addr: wallet });

const [headers, body] = await received;
if (!isGenuine(endpoint.secret, headers, body)) throw new Error("This webhook is not from the platform.");
console.log("received", JSON.stringify(JSON.parse(body), null, 2));
await call("DELETE", `/webhooks/endpoints/${endpoint.id}`);
server.close();
