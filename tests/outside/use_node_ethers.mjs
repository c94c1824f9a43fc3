// What ethers makes of a node: as use_node.py does by web3.py. Run as `node use_node_ethers.mjs NODE ABI LIBRARY < ASKED`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [node, artifact, library] = process.argv.slice(2);
const { Contract, JsonRpcProvider, NonceManager, Wallet } = createRequire(library)('ethers');
const asked = JSON.parse(readFileSync(0, 'utf8'));
const { abi } = JSON.parse(readFileSync(artifact, 'utf8'));
const provider = new JsonRpcProvider(node, undefined, { pollingInterval: 50, cacheTimeout: -1 });
const minter = new Wallet(asked.key, provider);
const contract = new Contract(asked.contract, abi, new NonceManager(minter));
const until = async (isSo) => { while (!isSo()) await new Promise((wake) => setTimeout(wake, 20)); };
const told = async (ask, of) => { try { await ask(); return 'nothing'; } catch (error) { return of(error); } };
const words = (error) => error.info?.error?.message ?? error.error?.message ?? error.message;

const [events, blocks, transactions] = [[], [], []];
await contract.on('Transfer', (from, to, tokenId) => events.push(Number(tokenId)));
await provider.on('block', (number) => blocks.push(number));
await provider.on('pending', (hash) => transactions.push(hash));
await new Promise((wake) => setTimeout(wake, 300));
const estimate = await contract.mint.estimateGas(asked.to, asked.token, 'ipfs://outside');
const sent = await contract.mint(asked.to, asked.token, 'ipfs://outside');
const receipt = await sent.wait();
await until(() => events.length && transactions.includes(sent.hash) && blocks.includes(receipt.blockNumber));
const all = await contract.queryFilter(contract.filters.Transfer(null, asked.to), 0);
const others = await contract.queryFilter(contract.filters.Transfer(null, minter.address), 0);
const filter = await provider.send('eth_newFilter', [{ address: asked.contract }]);
const again = await provider.send('eth_getFilterChanges', [filter]);
const removed = await provider.send('eth_uninstallFilter', [filter]);
console.log(JSON.stringify({
  estimate_suffices: receipt.status === 1 && receipt.gasUsed <= estimate && Number(estimate) <= 1.2 * Number(receipt.gasUsed),
  events,
  events_again: again,
  events_of_all: all.some((event) => Number(event.args.tokenId) === asked.token),
  events_of_others: others,
  block_seen: true,
  transaction_seen: true,
  removed,
  after_removal: await told(() => provider.send('eth_getFilterChanges', [filter]), words),
  refusal: await told(() => contract.mint.estimateGas(asked.to, asked.token, 'x'), (error) => contract.interface.parseError(error.data)?.name),
  refusal_of_stranger: await told(
    () => new Contract(asked.contract, abi, provider).mint.staticCall(asked.to, asked.token, 'x', { from: asked.to }),
    (error) => error.revert?.name,
  ),
  too_dear: await told(() => provider.estimateGas({ from: asked.to, to: minter.address, value: 10n ** 30n }), words),
  without_to: await provider.call({ data: asked.code }),
}));
process.exit(0);
