// What viem makes of a node: as use_node.py does by web3.py. Run as `node use_node_viem.mjs NODE ABI LIBRARY < ASKED`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [node, artifact, library] = process.argv.slice(2);
const need = createRequire(library);
const { BaseError, createClient, defineChain, http, publicActions, walletActions } = need('viem');
const { privateKeyToAccount } = need('viem/accounts');
const asked = JSON.parse(readFileSync(0, 'utf8'));
const { abi } = JSON.parse(readFileSync(artifact, 'utf8'));
const account = privateKeyToAccount(asked.key);
const client = createClient({ transport: http(node), account, pollingInterval: 50 }).extend(publicActions).extend(walletActions);
const chain = defineChain({
  id: await client.getChainId(), name: 'local', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 }, rpcUrls: { default: { http: [node] } },
});
const told = async (ask, of) => { try { await ask(); return 'nothing'; } catch (error) { return of(error); } };
const words = (error) => (error instanceof BaseError ? error.walk().details ?? error.walk().message : error.message);
const name = (error) => error.walk((each) => each.data?.errorName)?.data.errorName ?? words(error);

const place = { address: asked.contract, abi };
const mint = { ...place, functionName: 'mint', args: [asked.to, BigInt(asked.token), 'ipfs://outside'], account };
const events = await client.createContractEventFilter({ ...place, eventName: 'Transfer' });
const ofAll = await client.createContractEventFilter({ ...place, eventName: 'Transfer', args: { to: asked.to }, fromBlock: 0n });
const ofOthers = await client.createContractEventFilter({ ...place, eventName: 'Transfer', args: { to: account.address }, fromBlock: 0n });
const blocks = await client.createBlockFilter();
const transactions = await client.createPendingTransactionFilter();
const estimate = await client.estimateContractGas(mint);
const sent = await client.writeContract({ ...mint, chain });
const receipt = await client.waitForTransactionReceipt({ hash: sent });
console.log(JSON.stringify({
  estimate_suffices: receipt.status === 'success' && receipt.gasUsed <= estimate && Number(estimate) <= 1.2 * Number(receipt.gasUsed),
  events: (await client.getFilterChanges({ filter: events })).map((event) => Number(event.args.tokenId)),
  events_again: await client.getFilterChanges({ filter: events }),
  events_of_all: (await client.getFilterLogs({ filter: ofAll })).some((event) => Number(event.args.tokenId) === asked.token),
  events_of_others: await client.getFilterLogs({ filter: ofOthers }),
  block_seen: (await client.getFilterChanges({ filter: blocks })).includes(receipt.blockHash),
  transaction_seen: (await client.getFilterChanges({ filter: transactions })).includes(sent),
  removed: await client.uninstallFilter({ filter: events }),
  after_removal: await told(() => client.getFilterChanges({ filter: events }), words),
  refusal: await told(() => client.simulateContract(mint), name),
  refusal_of_stranger: await told(() => client.simulateContract({ ...mint, account: asked.to }), name),
  too_dear: await told(() => client.estimateGas({ account: asked.to, to: account.address, value: 10n ** 30n }), words),
  without_to: (await client.call({ data: asked.code })).data,
}));
