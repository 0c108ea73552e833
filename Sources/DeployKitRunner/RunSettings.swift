// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Where commands run, and with what.
public struct RunSettings: Sendable {
    /// The root of the project: commands start there.
    public var root: String
    /// The variables of the caller, of which commands get those that are named.
    public var environment: [String: String]
    /// Where secrets come from, by name; one that is not listed comes from the variable of its
    /// name.
    public var secrets: [String: SecretSource]
    /// A folder for the locks of attempts; it must exist.
    public var lockFolder: String
    /// How long an item may take that does not say; 10 minutes unless it is set.
    public var timeout: Duration
    /// How long after its time an attempt of another machine counts as lost; 1 minute unless it is
    /// set.
    public var lostAfter: Duration
    /// How many bytes of each stream are kept; 64 KiB unless it is set.
    public var outputLimit: Int

    /// Settings for commands that start in `root`.
    public init(
        root: String,
        environment: [String: String],
        lockFolder: String,
        secrets: [String: SecretSource] = [:],
        timeout: Duration = .minutes(10),
        lostAfter: Duration = .minutes(1),
        outputLimit: Int = 1 << 16
    ) {
        self.root = root
        self.environment = environment
        self.lockFolder = lockFolder
        self.secrets = secrets
        self.timeout = timeout
        self.lostAfter = lostAfter
        self.outputLimit = outputLimit
    }

    /// The tag that the processes of an attempt carry, which is also its idempotency key.
    func tag(_ deployment: DeploymentID, _ item: ItemID, _ attempt: Int) -> String {
        "\(deployment)/\(item)/\(attempt)"
    }

    // An item's id is as long as its author likes; a file's name is not.
    func lockPath(_ deployment: DeploymentID, _ item: ItemID, _ attempt: Int) -> String {
        let name = SHA256.digest(of: tag(deployment, item, attempt).utf8).hex.prefix(16)
        return "\(lockFolder)/\(deployment)-\(name).lock"
    }
}
