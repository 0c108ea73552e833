// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A file of another tool, as an importer gets it.
public struct ForeignFile: Hashable, Sendable {
    /// Where it was read, as it was given, with `/` between the names of folders.
    public let path: String
    /// Its content.
    public let bytes: [UInt8]

    /// A file of this content.
    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// The names of the folders and the file, outermost first.
    var steps: [String] { path.split(separator: "/").map(String.init) }

    /// The name of the file without what follows its last dot.
    var stem: String {
        let name = steps.last ?? path
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
        return String(name[..<dot])
    }

    /// How a record says what it was read from.
    var source: ContractRecord.Provenance.Source {
        .init(path: path, digest: SHA256.digest(of: bytes))
    }
}

/// What files of another tool say of the contracts of one environment.
public struct ContractImport: Hashable, Sendable {
    /// The tools whose files are read.
    @nonexhaustive
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// `contract-ids/<alias>.json` of stellar-cli: passphrase to ID.
        case stellarAlias = "stellar-alias"
        /// `deployments/<network>/<Name>.json` of hardhat-deploy, with its `.chainId`.
        case hardhatDeploy = "hardhat-deploy"
        /// `broadcast/<script>/<chain>/run-latest.json` of Foundry.
        case foundryBroadcast = "foundry-broadcast"
        /// A file of variables.
        case environmentFile = "env"
    }

    /// A contract that a file names.
    public struct Entry: Hashable, Sendable {
        /// What the file calls it.
        public let name: String
        /// The file, and where a line is known, from 1.
        public let path: String
        /// The ID.
        public let id: ContractID
        /// What else the file says.
        public let details: [ContractDetail]
        /// How the record will say where it came from.
        public let provenance: ContractRecord.Provenance
    }

    /// Something that is not taken, and why.
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// Whether it is a fault, or only not for this environment.
        public let isFault: Bool
        /// The file, and where it is known the line.
        public let path: String
        /// What was found, and what to do.
        public let message: String

        /// The place and the sentence.
        public var description: String { "\(path): \(message)" }
    }

    /// The contracts in the order of the files.
    public private(set) var entries: [Entry] = []
    /// What is not taken.
    public private(set) var findings: [Finding] = []

    /// Reads files.
    ///
    /// - Parameters:
    ///   - files: The files; of hardhat-deploy the `.chainId` as well.
    ///   - format: The tool that wrote them.
    ///   - environment: Whose contracts are wanted: those of other networks are left, and said so.
    public init(_ files: [ForeignFile], as format: Format, for environment: Environment) {
        for file in files.sorted(by: { $0.path < $1.path }) {
            switch format {
            case .stellarAlias: readStellarAlias(file, environment)
            case .hardhatDeploy: readHardhat(file, among: files, environment)
            case .foundryBroadcast: readFoundry(file, environment)
            case .environmentFile: readEnvironmentFile(file, environment)
            }
        }
        if entries.isEmpty, findings.isEmpty {
            let paths = files.map(\.path).joined(separator: ", ")
            findings.append(
                Finding(
                    isFault: true,
                    path: paths.isEmpty ? "no file" : paths,
                    message: "there is no contract in it"
                )
            )
        }
    }

    /// What the environment's registry is asked to take.
    ///
    /// - Parameters:
    ///   - names: The slot for each name that is not the usual one.
    ///   - slots: The slots that are known; the usual one is that whose name is the variable form
    ///     of the file's name, with `_CONTRACT_ID`, `_ID`, `_CONTRACT_ADDRESS` or `_ADDRESS`
    ///     behind it, and otherwise a new one that ends with `_CONTRACT_ID`.
    /// - Returns: One claim for each entry.
    /// - Throws: `EnvironmentFileError` for a name that can be no variable's.
    public func claims(
        naming names: [String: ContractSlot.Name] = [:],
        slots: [ContractSlot] = []
    ) throws(EnvironmentFileError) -> [ContractClaim] {
        var claims: [ContractClaim] = []
        for entry in entries {
            let slot: ContractSlot
            let wanted = names[entry.name]
            if let known = slots.first(where: { $0.name == wanted }) {
                slot = known
            } else if wanted == nil, let known = Self.slot(entry.name, among: slots) {
                slot = known
            } else {
                slot = try ContractSlot(
                    wanted ?? ContractSlot.Name(Self.usualName(of: entry.name)),
                    title: entry.name,
                    kind: entry.id.kind,
                    network: nil,
                    isRequired: false
                )
            }
            claims.append(
                ContractClaim(
                    entry.id,
                    in: slot,
                    details: entry.details,
                    provenance: entry.provenance
                )
            )
        }
        return claims
    }

    private static let endings = ["", "_CONTRACT_ID", "_ID", "_CONTRACT_ADDRESS", "_ADDRESS"]

    private static func slot(_ name: String, among slots: [ContractSlot]) -> ContractSlot? {
        let base = variableName(name)
        for ending in endings {
            if let slot = slots.first(where: { $0.name.text == base + ending }) { return slot }
        }
        return nil
    }

    private static func usualName(of name: String) -> String {
        let base = variableName(name)
        if base.hasSuffix("_ID") || base.hasSuffix("_ADDRESS") { return base }
        return base.hasSuffix("_CONTRACT") ? base + "_ID" : base + "_CONTRACT_ID"
    }

    /// `FLIGHT_REGISTRY` of `flight-registry` and of `FlightRegistry`.
    static func variableName(_ name: String) -> String {
        var result = ""
        var wasLower = false
        for character in name {
            let isWord = character.isASCII && (character.isLetter || character.isNumber)
            guard isWord else {
                if !result.isEmpty, result.last != "_" { result += "_" }
                wasLower = false
                continue
            }
            if character.isUppercase, wasLower { result += "_" }
            wasLower = character.isLowercase || character.isNumber
            result += character.uppercased()
        }
        while result.last == "_" { result.removeLast() }
        return result.first?.isNumber == true ? "CONTRACT_" + result : result
    }

    // MARK: What readers report

    mutating func take(
        _ name: String,
        _ id: ContractID,
        _ details: [ContractDetail] = [],
        from file: ForeignFile,
        _ format: Format
    ) {
        entries.append(
            Entry(
                name: name,
                path: file.path,
                id: id,
                details: details,
                provenance: .imported(format: format.rawValue, source: file.source)
            )
        )
    }

    mutating func refuse(_ file: ForeignFile, line: Int? = nil, _ message: String) {
        report(file, line, message, isFault: true)
    }

    mutating func leave(_ file: ForeignFile, line: Int? = nil, _ message: String) {
        report(file, line, message, isFault: false)
    }

    private mutating func report(
        _ file: ForeignFile,
        _ line: Int?,
        _ message: String,
        isFault: Bool
    ) {
        let place = line.map { "\(file.path):\($0)" } ?? file.path
        findings.append(Finding(isFault: isFault, path: place, message: message))
    }

    /// The JSON of a file; a fault is reported.
    mutating func json(of file: ForeignFile) -> ToolJSON? {
        do {
            return try ToolJSON(file.bytes)
        } catch {
            refuse(file, "it is damaged (\(error.message)); nothing of it is taken")
            return nil
        }
    }
}
