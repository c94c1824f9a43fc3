// What viem makes of a collection of version 2: as read_collection.py does by web3.py. Run as `node read_collection_viem.mjs NODE ABI LIBRARY < ASKED`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [node, artifact, library] = process.argv.slice(2);
const need = createRequire(library);
const { createClient, defineChain, http, publicActions, walletActions } = need('viem');
const { privateKeyToAccount } = need('viem/accounts');
const asked = JSON.parse(readFileSync(0, 'utf8'));
const { abi } = JSON.parse(readFileSync(artifact, 'utf8'));
const account = privateKeyToAccount(asked.key);
const client = createClient({ transport: http(node), account, pollingInterval: 50 }).extend(publicActions).extend(walletActions);
const chain = defineChain({
  id: await client.getChainId(), name: 'local', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 }, rpcUrls: { default: { http: [node] } },
});
const place = { address: asked.contract, abi };
const token = BigInt(asked.token);
const read = (functionName, ...args) => client.readContract({ ...place, functionName, args });
const events = (eventName) => client.getContractEvents({ ...place, eventName, fromBlock: 0n });
const refusal = async (ask) => {
  try { await ask(); return 'nothing'; } catch (error) { return error.walk((each) => each.data?.errorName)?.data.errorName ?? error.message; }
};

const interfaces = {};
for (const [name, id] of Object.entries(asked.interfaces)) interfaces[name] = await read('supportsInterface', id);
const [receiver, amount] = await read('royaltyInfo', token, 20_000n);
const transfer = { ...place, functionName: 'transferFrom', args: [account.address, asked.to, token], account };
const found = {
  interfaces,
  contract_uri: await read('contractURI'),
  royalty: [receiver, Number(amount)],
  locked: await read('locked', token),
  locked_tokens: (await events('Locked')).map((event) => Number(event.args.tokenId)),
  uri_changes: (await events('ContractURIUpdated')).length,
  transfer: await refusal(() => client.simulateContract(transfer)),
};
const sent = await client.writeContract({ ...place, functionName: 'burn', args: [token], chain });
const burned = (await client.waitForTransactionReceipt({ hash: sent })).status === 'success';
console.log(JSON.stringify({ ...found, burned, owner: await refusal(() => read('ownerOf', token)) }));
