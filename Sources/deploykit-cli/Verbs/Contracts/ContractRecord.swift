// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let contractRecord = Verb(
        "contract record",
        "record the ID of a contract that was deployed",
        details: [
            "The ID is parsed and its checksum verified; CAIP-10 (stellar:testnet:C…) names its "
                + "network too. The network is the one named, else the only network of the "
                + "environment. With --environment or --instance the ID goes to the registry "
                + "of the environment, whatever a checklist says.",
            "The same ID again is already recorded; facts that are new are added to its record: "
                + "another --code is an upgrade in place. Another ID needs --replace.",
        ],
        operands: [Operand("SLOT"), Operand("ID")],
        options: [
            Option("network", "NAME", "such as stellar:testnet, or an alias of it"),
            .contractEnvironment,
            Option("instance", "NAME", "which of several contracts of the slot, such as eu"),
            Option(flag: "replace", "the slot has another ID, which this one replaces"),
            Option(flag: "shared", "another slot or environment has the same contract"),
            Option(flag: "unprotected", "production takes an EVM address in lower case"),
        ] + ContractFacts.options,
        examples: [
            "deploykit contract record VESTING_CONTRACT_ID CC… --network stellar:testnet",
            "deploykit contract record VESTING_CONTRACT_ID CC… --code wasm-sha256:9f… \\",
            "  --deployer G… --salt 00… --initialised constructor --administrator G…",
        ],
        exits: .changing
    ) { call in
        let details = try ContractFacts.details(call)
        let allowing = ContractFacts.allowances(call)
        if call.arguments.has("environment") || call.arguments.has("instance") {
            return try await recordInRegistry(call, details, allowing)
        }
        let workspace = try await Workspace.writing(call)
        return try await Changing.perform(call, in: workspace) { live in
            let state = try await live.state()
            noteAddedNetworks(state, workspace)
            let name = ContractSlot.Name(call.operand(0))
            let slot = state.checklist.contractSlots.first { $0.name == name }
            let id = try id(call, for: slot, in: state.subject.environment)
            return (.recordContract(name, id, details: details, allowing: allowing), nil)
        }
    }

    /// A deployment keeps the networks that its environment had when it was started.
    private static func noteAddedNetworks(_ state: Deployment, _ workspace: Workspace) {
        let own = state.subject.environment
        guard let declared = workspace.project?.environment(named: own.name.text) else { return }
        let added = declared.networks.filter { own.network($0.id) == nil }
        guard !added.isEmpty else { return }
        workspace.call.console.note(
            "\(own.name) lists \(added.map(\.id.text).joined(separator: ", ")) since \(state.id) was "
                + "started; contracts there need --environment \(own.name)"
        )
    }

    private static func recordInRegistry(
        _ call: Call,
        _ details: [ContractDetail],
        _ allowing: Set<ContractAllowance>
    ) async throws -> ExitCode {
        let workspace = try await Workspace.creating(call)
        let place = try await workspace.contractPlace()
        let name = ContractSlot.Name(call.operand(0))
        let known = place.slots.first { $0.name == name }
        if known == nil { noteNewSlot(name, in: place, on: call.console) }
        let id = try id(call, for: known, in: place.environment)
        if place.registry.records.contains(where: { $0.id == id && $0.status == .orphaned }) {
            call.console.note(
                "\(id.network) was wiped since \(id) was recorded: make sure that it was deployed anew"
            )
        }
        let slot =
            try known ?? ContractSlot(name, title: name.text, kind: id.kind, isRequired: false)
        let claim = ContractClaim(
            id,
            in: slot,
            instance: call.arguments["instance"].map { ContractRecord.Instance($0) },
            details: details,
            provenance: .manual
        )
        return try await ContractChange.perform(
            .record(claim, allowing: allowing),
            in: place,
            workspace
        )
    }

    /// A slipped letter would make a slot of its own, which no environment file asks for.
    private static func noteNewSlot(
        _ name: ContractSlot.Name,
        in place: ContractPlace,
        on console: Console
    ) {
        let records = place.registry.records.map(\.slot)
        guard !records.contains(name), !(place.slots.isEmpty && records.isEmpty) else { return }
        let known = Set(place.slots.map(\.name) + records).map(\.text)
        let near = Suggestion.nearest(name.text, among: known.sorted())
        console.note(
            "\(name.text.visible) is new: no checklist and no record names it"
                + (near.map { "; did you mean \($0.visible)?" } ?? "")
        )
    }

    private static func id(
        _ call: Call,
        for slot: ContractSlot?,
        in environment: Environment
    ) throws -> ContractID {
        let text = call.operand(1)
        do {
            let networks = environment.networks + Network.known
            if call.arguments["network"] == nil,
                networks.contains(where: { text.hasPrefix("\($0.id):") })
            {
                return try ContractID(caip10: text, among: networks)
            }
            if slot == nil, call.arguments["network"] == nil, !environment.networks.isEmpty {
                return try ContractID(text, in: environment)
            }
            let family = slot.map(\.kind.family) ?? (text.hasPrefix("0x") ? .evm : nil)
            let network = try network(call.arguments["network"], family, for: slot, in: environment)
            return try ContractID(text, on: network)
        } catch let error as NetworkError {
            throw UsageError(error.message)
        }
    }

    private static func network(
        _ name: String?,
        _ family: Network.Family?,
        for slot: ContractSlot?,
        in environment: Environment
    ) throws -> Network {
        let declared = environment.networks
        guard let name else {
            if declared.isEmpty, let fixed = slot?.network {
                return try Network.named(fixed.text)
            }
            if let slot {
                do {
                    return try slot.network(in: environment)
                } catch {
                    throw UsageError(
                        error.message,
                        hints: ["--network names it"] + declared.map { "--network \($0.id)" }
                    )
                }
            }
            // The rules refuse the environment, whatever the network is.
            return .stellarTestnet
        }
        let own = declared.filter { $0.isNamed(name) && (family == nil || $0.family == family) }
        if let network = own.first, own.count == 1 { return network }
        return try Network.named(name, family: family)
    }
}

/// Facts about a contract on a command line.
enum ContractFacts {
    static let options = [
        Option("code", "KIND:HEX", "wasm-sha256:… or evm-runtime-keccak256:… of the code it runs"),
        Option("code-version", "VERSION", "what people call that code"),
        Option("transaction", "HASH", "the transaction that deployed it"),
        Option("height", "NUMBER", "the ledger or block of that transaction"),
        Option("deployer", "ADDRESS", "who deployed it"),
        Option("salt", "HEX", "with --deployer: proves that the ID is of this network"),
        Option("initialised", "HOW", "constructor, call, or none"),
        Option("administrator", "ADDRESS", "who administers it since"),
        Option("evidence", "KIND=RESULT", isRepeated: true, "such as code-hash=pass, owner=fail"),
        Option("tool", "TEXT", "what observed the evidence, with its version"),
    ]

    static func allowances(_ call: Call) -> Set<ContractAllowance> {
        let flags: [(String, ContractAllowance)] = [
            ("replace", .replacing), ("shared", .shared), ("unprotected", .unprotected),
        ]
        return Set(flags.filter { call.arguments.has($0.0) }.map(\.1))
    }

    /// What is known of the contract.
    ///
    /// - Throws: `UsageError` for what makes no sense.
    static func details(_ call: Call) throws(UsageError) -> [ContractDetail] {
        var details: [ContractDetail] = []
        if let deployment = try deployment(call) { details.append(.deployment(deployment)) }
        if let text = call.arguments["code"] {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, let digest = Digest(hex: parts[1]) else {
                throw UsageError(
                    "'\(text)' is no digest of code: wasm-sha256: and 64 lowercase digits"
                )
            }
            let kind = try Choice.of(
                parts[0],
                "digest of code",
                as: ContractDetail.Code.Kind.self
            )
            let version = call.arguments["code-version"]
            details.append(.code(.init(kind: kind, digest: digest, version: version)))
        } else if call.arguments.has("code-version") {
            throw UsageError("--code-version needs --code")
        }
        if let how = call.arguments["initialised"] {
            details.append(
                .initialisation(
                    .init(
                        method: try Choice.of(
                            how,
                            "way of initialising",
                            as: ContractDetail.Initialisation.Method.self
                        ),
                        administrator: call.arguments["administrator"]
                    )
                )
            )
        } else if call.arguments.has("administrator") {
            throw UsageError("--administrator needs --initialised: constructor, call or none")
        }
        for text in call.arguments.all("evidence") {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw UsageError("'\(text)' is not KIND=RESULT") }
            details.append(
                .evidence(
                    .init(
                        kind: try Choice.of(
                            parts[0],
                            "kind of evidence",
                            as: ContractDetail.Evidence.Kind.self
                        ),
                        result: try Choice.of(
                            parts[1],
                            "result",
                            as: ContractDetail.Evidence.Result.self
                        ),
                        source: call.arguments["tool"]
                    )
                )
            )
        }
        return details
    }

    private static func deployment(
        _ call: Call
    ) throws(UsageError) -> ContractDetail.Deployment? {
        let names = ["transaction", "height", "deployer", "salt"]
        guard names.contains(where: call.arguments.has) else { return nil }
        var height: Int?
        if let text = call.arguments["height"] {
            guard let number = Int(text), number >= 0 else {
                throw UsageError("'\(text)' is no number of a ledger or block")
            }
            height = number
        }
        var derivation: ContractID.Derivation?
        if let salt = call.arguments["salt"] {
            derivation = try ContractDerivation.derivation(call.arguments["deployer"], salt)
        }
        return ContractDetail.Deployment(
            transaction: call.arguments["transaction"],
            height: height,
            deployer: call.arguments["deployer"],
            derivation: derivation
        )
    }
}
