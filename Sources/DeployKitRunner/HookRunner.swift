// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Runs the hooks of a project, one after the other.
public struct HookRunner: Sendable {
    private let hooks: [Project.Hook]
    private let root: String
    private let environment: [String: String]
    private let secrets: [String: SecretSource]
    private let runner: any CommandRunning

    /// A runner of hooks that somebody has looked at and trusts.
    ///
    /// - Parameters:
    ///   - hooks: The hooks.
    ///   - root: The folder of the project file, absolute, in which they run.
    ///   - environment: The caller's environment, of which they get the usual variables.
    ///   - secrets: Where secrets come from; one that is not listed is the variable of its name.
    ///   - runner: What runs them.
    public init(
        _ hooks: [Project.Hook],
        in root: String,
        environment: [String: String],
        secrets: [String: SecretSource] = [:],
        running runner: any CommandRunning = ProcessRunner()
    ) {
        self.hooks = hooks
        self.root = root
        self.environment = environment
        self.secrets = secrets
        self.runner = runner
    }

    /// Tells the hooks that want to know.
    ///
    /// - Parameters:
    ///   - occasion: What happened.
    ///   - names: Only hooks of these names; all where there are none.
    /// - Returns: The hooks that failed.
    public func tell(_ occasion: HookOccasion, only names: [String] = []) async -> [HookFailure] {
        var failures: [HookFailure] = []
        for hook in hooks
        where hook.points.contains(occasion.point)
            && (names.isEmpty || names.contains(hook.name))
        {
            if let failure = await failure(of: hook, occasion) { failures.append(failure) }
        }
        return failures
    }

    private func failure(of hook: Project.Hook, _ occasion: HookOccasion) async -> HookFailure? {
        func failed(_ cause: FailureCause, _ note: String?) -> HookFailure {
            HookFailure(hook: hook.name, point: occasion.point, cause: cause, note: note)
        }
        do throws(RunnerError) {
            let outcome = try await runner.run(try invocation(of: hook, occasion))
            let said = outcome.error.text.isEmpty ? outcome.output.text : outcome.error.text
            let note = said.isEmpty ? nil : said
            return switch outcome.ending {
            case .exited(0): nil
            case .exited(let status): failed(.exited(Int(status)), note)
            case .signaled(let signal): failed(.signaled(Int(signal)), note)
            case .timedOut: failed(.timedOut, note)
            case .cancelled: failed(.interrupted, note)
            }
        } catch {
            return failed(.notStarted, error.message)
        }
    }

    private func invocation(
        of hook: Project.Hook,
        _ occasion: HookOccasion
    ) throws(RunnerError) -> Invocation {
        var variables = environment.filter { name, _ in
            ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"].contains(name)
                || name.hasPrefix("LC_")
        }
        variables["DEPLOYKIT_HOOK"] = occasion.point.rawValue
        variables["DEPLOYKIT_DEPLOYMENT"] = occasion.deployment.text
        var values: [Secret] = []
        for name in hook.secrets {
            let source = secrets[name] ?? .environment(name)
            let secret = try source.secret(named: name, environment: environment)
            variables[name] = String(decoding: secret.bytes, as: UTF8.self)
            values.append(secret)
        }
        var invocation = Invocation(
            .executable(hook.command[0], arguments: Array(hook.command.dropFirst())),
            environment: variables,
            directory: root,
            input: occasion.json.canonicalBytes + [0x0A],
            timeout: hook.timeout,
            outputLimit: 4096,
            secrets: values,
            endsSurvivors: true
        )
        invocation.siftsOutput = true
        return invocation
    }
}

/// Which hooks may run on this machine: those of projects that somebody said so of.
///
/// A project file comes with a folder that was cloned, unpacked or mounted; that it is there lets
/// nothing run. What is trusted is the declaration, by its digest, at its place: after any change
/// of it, it must be trusted anew. What the programs themselves do is not looked at.
public struct HookTrust: Sendable {
    private let folder: String?
    private let pinned: String?

    /// The variable that holds the digest of trusted hooks where nothing can be kept, as in CI.
    public static let variable = "DEPLOYKIT_TRUSTED_HOOKS"

    /// What the caller's user trusts.
    ///
    /// - Parameter environment: The environment variables.
    public init(environment: [String: String]) {
        folder = HighWaterNotes(environment: environment)?.folder
        pinned = environment[Self.variable]
    }

    /// Whether these hooks may run.
    ///
    /// - Parameters:
    ///   - project: The project.
    ///   - path: Its file, absolute.
    /// - Returns: Whether somebody said so of this declaration, at this place.
    /// - Throws: ``KeepingError`` when it cannot be found out.
    public func includes(_ project: Project, at path: String) throws(KeepingError) -> Bool {
        let digest = project.hooksDigest.hex
        if pinned == digest { return true }
        guard let place = place(of: path) else { return false }
        return try KeptFile.read(place).map { $0 == Array("\(digest)\n".utf8) } ?? false
    }

    /// Lets these hooks run from now on.
    ///
    /// - Throws: ``KeepingError`` when it cannot be kept, or there is no place to keep it.
    public func add(_ project: Project, at path: String) throws(KeepingError) {
        guard let place = place(of: path) else {
            throw KeepingError(
                .unavailable,
                "there is no place to keep what is trusted: neither XDG_STATE_HOME nor HOME is set"
            )
        }
        try KeptFile.write(
            Array("\(project.hooksDigest.hex)\n".utf8),
            to: place,
            isReplacing: true
        )
    }

    private func place(of path: String) -> String? {
        folder.map { "\($0)/hooks/\(SHA256.digest(of: path.utf8).hex)" }
    }
}
