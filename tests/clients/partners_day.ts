// A partner's day by openapi-fetch, with the types that openapi-typescript makes of the document: each call gives what
// the API needs and nothing more.

import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { env: Record<string, string | undefined> };

const variable = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};
const baseUrl = variable("API");
const origin = variable("ORIGIN");
const partner = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${variable("KEY")}` } });
const account = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${variable("TOKEN")}` } });
const dream = createClient<paths>({ baseUrl, headers: { "X-API-KEY": variable("KEY") } });

const answered = <T>(answer: { data?: T; error?: unknown; response: Response }): T => {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.url} ${answer.response.status} ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
};
const equal = (found: unknown, expected: unknown): void => {
  if (found !== expected) throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(expected)}`);
};

// Gardenlab
const contract_id = "summer_party";
const interaction: components["schemas"]["GardenlabInteractionBody"] = { type: "Shop", name: "Purchase", xpIncrement: 120, action_id: "purchase" };
const saved = answered(await partner.POST("/api/v1/saveActionInteraction", { body: { origin, contract_id, interaction } }));
equal(saved.interaction.authScanCount, -1);
const user = { origin, contract_id, user_category_id: "VIP", email: "ada@example.com", uid: "ada" };
const announced = answered(await partner.POST("/api/v1/newUserForPartner", { body: user }));
if (Array.isArray(announced)) throw new Error("one request is answered by one NFT");
answered(await partner.POST("/api/v1/newActionForUser", { body: { origin, contract_id, action_id: "purchase", guest: { uid: "ada" } } }));
const query = { contract_id, tokenId: announced.tokenId };
const nft = answered(await partner.GET("/api/v1/getNftByTokenId", { params: { query } }));
const xp: number = nft.xp;
equal(xp, 120);

// Webhooks
const endpoint = answered(await partner.POST("/webhooks/endpoints", { body: { url: "https://hooks.example/nft" } }));
equal(endpoint.enabled, true);

// Spaces
answered(await account.POST("/api/v1/spaces", { body: { url: "https://shop.example" } }));
const customer = answered(await account.POST("/api/v1/customers", { body: { name: "Ada", email: "ada@example.com", space: 1 } }));
const items = [{ description: "Ticket", unit_amount: 2500 }];
const invoice = answered(await account.POST("/api/v1/invoices", { body: { customer: customer.id, currency: "EUR", items } }));
equal(invoice.total, 2500);
const customers = answered(await account.GET("/api/v1/customers", { params: { query: { limit: 10 } } }));
equal(customers.data[0]?.id, customer.id);

// Dreamspace
const event = answered(
  await dream.POST("/events", {
    body: {
      user: { twitch_id: "105474571", name: "alllenski" },
      user_name: "alllenski",
      occurred_at: "2025-06-08T20:12:00+10:00",
      event_type: "plain",
      message: "Hello",
    },
  }),
);
if (event.event_type !== "plain") throw new Error("another type");
equal(event.message, "Hello");
const missing = await dream.GET("/events/{event_id}", { params: { path: { event_id: 999 } }, parseAs: "text" });
equal(missing.response.status, 404);

// Missions
const mission = answered(await partner.POST("/space3/missions", { body: { name: "Check in", kind: "simple", url_template: "https://quests.example/<Email>/1" } }));
equal(mission.target, 1);

console.log("a partner's day");
