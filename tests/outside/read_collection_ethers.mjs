// What ethers makes of a collection of version 2: as read_collection.py does by web3.py. Run as `node read_collection_ethers.mjs NODE ABI LIBRARY < ASKED`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [node, artifact, library] = process.argv.slice(2);
const { Contract, JsonRpcProvider, Wallet } = createRequire(library)('ethers');
const asked = JSON.parse(readFileSync(0, 'utf8'));
const { abi } = JSON.parse(readFileSync(artifact, 'utf8'));
const provider = new JsonRpcProvider(node, undefined, { pollingInterval: 50, cacheTimeout: -1 });
const holder = new Wallet(asked.key, provider);
const contract = new Contract(asked.contract, abi, holder);
const refusal = async (ask) => { try { await ask(); return 'nothing'; } catch (error) { return error.revert?.name ?? error.message; } };

const interfaces = {};
for (const [name, id] of Object.entries(asked.interfaces)) interfaces[name] = await contract.supportsInterface(id);
const [receiver, amount] = await contract.royaltyInfo(asked.token, 20_000);
const found = {
  interfaces,
  contract_uri: await contract.contractURI(),
  royalty: [receiver, Number(amount)],
  locked: await contract.locked(asked.token),
  locked_tokens: (await contract.queryFilter(contract.filters.Locked(), 0)).map((event) => Number(event.args.tokenId)),
  uri_changes: (await contract.queryFilter(contract.filters.ContractURIUpdated(), 0)).length,
  transfer: await refusal(() => contract.transferFrom.staticCall(holder.address, asked.to, asked.token)),
};
const burned = (await (await contract.burn(asked.token)).wait()).status === 1;
console.log(JSON.stringify({ ...found, burned, owner: await refusal(() => contract.ownerOf(asked.token)) }));
process.exit(0);
