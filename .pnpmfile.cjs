// @dfinity/agent declares @noble/hashes 1.x as a peer, and the workspace has 2.x, which lacks what the agent imports.
// A dependency of its own keeps both. (`overrides` and `packageExtensions` cannot turn a peer into a dependency.)
function readPackage(pkg) {
  if (pkg.name === '@dfinity/agent') {
    delete pkg.peerDependencies['@noble/hashes'];
    pkg.dependencies['@noble/hashes'] = '1.8.0';
  }
  return pkg;
}

module.exports = { hooks: { readPackage } };
