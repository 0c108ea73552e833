// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractRegistry.Snapshot {
    /// SHA-256 of the canonical bytes of an object with the environment's name and the ``entries``:
    /// what a sign-off binds. How the environment is declared has no part in it.
    public var digest: Digest {
        SHA256.digest(
            of: JSONValue.members([
                "environment": environment.name.json, "entries": entries.json,
            ]).canonicalBytes
        )
    }
}
