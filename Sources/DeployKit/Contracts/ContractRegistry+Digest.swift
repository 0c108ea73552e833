// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractRegistry.Snapshot {
    /// SHA-256 of the canonical bytes of ``json``: what a sign-off binds.
    public var digest: Digest { SHA256.digest(of: json.canonicalBytes) }
}
