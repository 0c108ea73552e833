// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ContractImport {
    /// `<Name>.json` beside `.chainId`, which alone says which chain the folder is for: its name is
    /// what somebody's configuration calls it.
    mutating func readHardhat(
        _ file: ForeignFile,
        among files: [ForeignFile],
        _ environment: Environment
    ) {
        let folder = file.steps.dropLast()
        if file.steps.last == ".chainId" || file.steps.last?.hasPrefix(".") == true { return }
        if folder.last == "solcInputs" { return }
        guard file.steps.last?.hasSuffix(".json") == true else {
            return leave(file, "it is no deployment: its name does not end with .json")
        }
        let chain = files.first { $0.steps.dropLast() == folder && $0.steps.last == ".chainId" }
        guard let chain else {
            return refuse(
                file,
                "there is no .chainId beside it, which says of which chain it is; give the folder"
            )
        }
        let id = String(decoding: chain.bytes, as: UTF8.self).filter { !$0.isWhitespace }
        guard let network = network(ofChain: id, in: environment, file) else { return }
        guard let json = json(of: file) else { return }
        guard let address = json["address"]?.string else {
            return refuse(file, "it is no deployment: the member 'address' is missing")
        }
        let receipt = json["receipt"]
        if let status = receipt?["status"]?.unsigned, status != 1 {
            return refuse(file, "the transaction failed (receipt status \(status))")
        }
        if let named = receipt?["contractAddress"]?.string,
            named.lowercased() != address.lowercased()
        {
            return refuse(file, "'address' and the receipt's 'contractAddress' differ")
        }
        let details = ContractDetail.Deployment(
            transaction: json["transactionHash"]?.string ?? receipt?["transactionHash"]?.string,
            height: receipt?["blockNumber"]?.unsigned.flatMap { Int(exactly: $0) },
            deployer: receipt?["from"]?.string
        )
        let isKnown =
            details.transaction != nil || details.height != nil || details.deployer != nil
        take(
            file.stem,
            address,
            isKnown ? details : nil,
            on: network,
            from: file,
            .hardhatDeploy
        )
    }

    /// `run-latest.json` and its like: the transactions of one script on one chain.
    ///
    /// Of a dry run nothing is taken, although its file looks the same; nor of a transaction
    /// without a receipt, since the address is there before anything is on the chain.
    mutating func readFoundry(_ file: ForeignFile, _ environment: Environment) {
        if file.steps.contains("dry-run") {
            return refuse(file, "it is of a dry run: nothing was deployed; broadcast it first")
        }
        guard let json = json(of: file) else { return }
        if json["deployments"]?.array != nil, json["transactions"] == nil {
            return refuse(file, "it is of several chains at once; give the file of one chain")
        }
        guard let transactions = json["transactions"]?.array else {
            return refuse(file, "it is no broadcast: the member 'transactions' is missing")
        }
        let receipts = json["receipts"]?.array ?? []
        if !transactions.isEmpty, receipts.isEmpty {
            return refuse(
                file,
                "there is no receipt in it: it is of a dry run, or nothing was mined yet"
            )
        }
        guard let chain = json["chain"]?.unsigned else {
            return refuse(file, "it is no broadcast: the member 'chain' is missing")
        }
        if file.steps.count >= 2, let folder = UInt64(file.steps[file.steps.count - 2]),
            folder != chain
        {
            return refuse(file, "it is of chain \(chain) and stands in the folder of \(folder)")
        }
        guard let network = network(ofChain: "\(chain)", in: environment, file) else { return }
        for transaction in transactions { read(transaction, receipts, network, file) }
    }

    private mutating func read(
        _ transaction: ToolJSON,
        _ receipts: [ToolJSON],
        _ network: Network,
        _ file: ForeignFile
    ) {
        let kind = transaction["transactionType"]?.string ?? ""
        guard kind == "CREATE" || kind == "CREATE2" else { return }
        guard let address = transaction["contractAddress"]?.string else {
            return refuse(file, "a transaction of type \(kind) has no 'contractAddress'")
        }
        guard let name = transaction["contractName"]?.string, !name.isEmpty else {
            return refuse(file, "the contract \(address) has no name; record it by hand")
        }
        guard let hash = transaction["hash"]?.string,
            let receipt = receipts.first(where: { $0["transactionHash"]?.string == hash })
        else {
            return refuse(file, "'\(name)' has no receipt: it is not known to be mined")
        }
        guard receipt["status"]?.unsigned == 1 else {
            return refuse(file, "the transaction of '\(name)' failed")
        }
        let details = ContractDetail.Deployment(
            transaction: hash,
            height: receipt["blockNumber"]?.unsigned.flatMap { Int(exactly: $0) },
            deployer: transaction["transaction"]?["from"]?.string,
            derivation: derivation(of: transaction, kind)
        )
        take(name, address, details, on: network, from: file, .foundryBroadcast)
    }

    /// Sender and nonce, or what the usual factory got, give the address again.
    private func derivation(_ kind: String, _ inner: ToolJSON) -> ContractID.Derivation? {
        func address(_ name: String) -> EVMAddress? {
            guard let bytes = inner[name]?.string.flatMap(Hexadecimal.bytes) else { return nil }
            return EVMAddress(bytes: bytes)
        }
        if kind == "CREATE", let sender = address("from"), let nonce = inner["nonce"]?.unsigned {
            return .create(sender, nonce: nonce)
        }
        let input = inner["input"]?.string ?? inner["data"]?.string
        guard kind == "CREATE2", let factory = address("to"),
            factory.text == "0x4e59b44847b379578588920cA78FbF26c0B4956C",
            let bytes = input.flatMap(Hexadecimal.bytes), bytes.count > 32
        else { return nil }
        let code = EVMAddress.codeHash(of: Array(bytes.dropFirst(32)))
        return .create2(factory, salt: Array(bytes.prefix(32)), codeHash: code)
    }

    private func derivation(
        of transaction: ToolJSON,
        _ kind: String
    ) -> ContractID.Derivation? {
        transaction["transaction"].flatMap { derivation(kind, $0) }
    }

    private mutating func network(
        ofChain id: String,
        in environment: Environment,
        _ file: ForeignFile
    ) -> Network? {
        let network = environment.networks.first { $0.family == .evm && $0.fingerprint == id }
        if network == nil {
            let known = Network.known.first { $0.family == .evm && $0.fingerprint == id }
            let name = known.map { "\($0.id) (\($0.aliases[0]))" } ?? "chain '\(id)'"
            refuse(file, "it is of \(name), which \(environment.name) does not use")
        }
        return network
    }

    private mutating func take(
        _ name: String,
        _ address: String,
        _ deployment: ContractDetail.Deployment?,
        on network: Network,
        from file: ForeignFile,
        _ format: Format
    ) {
        do {
            var id = try ContractID(address, on: network)
            if let derivation = deployment?.derivation {
                try id.check(derivedFrom: derivation, on: network)
                // What sender and nonce give needs no checksum.
                id = try ContractID(derivedFrom: derivation, on: network)
            }
            take(name, id, deployment.map { [.deployment($0)] } ?? [], from: file, format)
        } catch {
            refuse(file, "'\(name)': \(error.message)")
        }
    }
}
