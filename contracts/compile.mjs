// Compiles the contracts into their checked-in artifacts.
//
//   npm ci && node compile.mjs            writes the artifacts
//   npm ci && node compile.mjs --check    exits 1 when a checked-in artifact is not what its source compiles to
//
// What is deployed lies with the app, which is packed: bytecode, and of the ABI of version 2 the errors alone. ABI and
// compiler input of collections lie in `artifacts`, for clients and for verification. The same source and versions give
// the same bytes on every machine. Version 2 ends in the hash of its metadata, by which a verifier finds an exact match.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import solc from 'solc';

const DEPLOYED = 'chalicelib/chain/artifacts';
const TESTS = 'tests/chain/artifacts';
const PUBLISHED = 'contracts/artifacts';
const NO_METADATA = { bytecodeHash: 'none', appendCBOR: false };
const CONTRACTS = [
  { source: 'SpacegardenCollection.sol', name: 'SpacegardenCollection', folder: DEPLOYED, isPublished: true },
  {
    source: 'SpacegardenCollectionV2.sol', name: 'SpacegardenCollectionV2', folder: DEPLOYED, isPublished: true,
    metadata: { bytecodeHash: 'ipfs' }, kept: (entry) => entry.type === 'error',
  },
  { source: 'WalletSignatureCheck.sol', name: 'WalletSignatureCheck', folder: DEPLOYED },
  { source: 'tests/TestWallet.sol', name: 'TestWallet', folder: TESTS },
  { source: 'tests/TestWallet.sol', name: 'TestWalletFactory', folder: TESTS },
];
const EVM_VERSION = 'cancun';
const OPTIMIZER = { enabled: true, runs: 200 };

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const compilerVersion = solc.version().replace(/\.Emscripten.*$/, '');

/** The files that a contract makes: [path from the root, content]. */
function artifactsOf({ source: path, name, folder, isPublished = false, metadata = NO_METADATA, kept = () => true }) {
  const source = readFileSync(join(here, path), 'utf8');
  const sources = { [path]: { content: source } };
  const settings = { evmVersion: EVM_VERSION, optimizer: OPTIMIZER, metadata };
  const outputSelection = { '*': { [name]: ['abi', 'evm.bytecode.object'] } };
  const input = { language: 'Solidity', sources: { ...sources }, settings: { ...settings, outputSelection } };
  const readImport = (imported) => {
    sources[imported] = { content: readFileSync(require.resolve(imported), 'utf8') };
    return { contents: sources[imported].content };
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  if (output.errors?.length) {
    throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'));
  }
  const { abi, evm } = output.contracts[path][name];
  const deployed = {
    contractName: name,
    license: 'MIT',
    sourceSha256: createHash('sha256').update(source).digest('hex'),
    compiler: { name: 'solc', version: compilerVersion, evmVersion: EVM_VERSION, optimizer: OPTIMIZER },
    openzeppelin: require('@openzeppelin/contracts/package.json').version,
    abi: abi.filter(kept),
    bytecode: `0x${evm.bytecode.object}`,
  };
  const files = [[`${folder}/${name}.json`, deployed]];
  if (isPublished) {
    const complete = { language: 'Solidity', sources: inOrder(sources), settings: { ...settings, outputSelection: {} } };
    const published = { contractIdentifier: `${path}:${name}`, compilerVersion, abi, stdJsonInput: complete };
    files.push([`${PUBLISHED}/${name}.json`, published]);
  }
  return files;
}

function inOrder(sources) {
  return Object.fromEntries(Object.entries(sources).sort(([one], [other]) => (one < other ? -1 : 1)));
}

for (const [file, content] of CONTRACTS.flatMap(artifactsOf)) {
  const path = join(here, '..', file);
  const artifact = `${JSON.stringify(content, null, 1)}\n`;
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, artifact);
    console.log(`wrote ${file}`);
  } else if (readFileSync(path, 'utf8') === artifact) {
    console.log(`${file} matches its source`);
  } else {
    console.error(`${file} is not what its source compiles to: run node compile.mjs`);
    process.exitCode = 1;
  }
}
