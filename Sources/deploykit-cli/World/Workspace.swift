// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

/// The store that a call works on, opened, with everything that is needed to work on it.
struct Workspace: Sendable {
    let call: Call
    let store: any CommandStore
    let address: StoreAddress
    let deployments: Deployments
    let project: Project?
    let location: StoreLocation

    /// Opens the store to read it.
    ///
    /// - Throws: `InputError` when there is none; otherwise what keeps it from being opened.
    static func reading(
        _ call: Call,
        at address: StoreAddress? = nil
    ) async throws -> Workspace {
        let location = try StoreLocation(call)
        let address = try address ?? existing(location)
        return try Workspace(call, try await address.openToRead(), at: address, location)
    }

    /// Opens the store to write to it.
    ///
    /// - Parameters:
    ///   - call: The call.
    ///   - isChecked: Whether a log is refused that lost what this machine has seen of it.
    /// - Returns: The opened store.
    /// - Throws: `InputError` when there is none; otherwise what keeps it from being opened.
    static func writing(_ call: Call, isChecked: Bool = true) async throws -> Workspace {
        let location = try StoreLocation(call)
        let address = try existing(location)
        let store = try await address.openToWrite(create: false)
        let workspace = try Workspace(call, store, at: address, location)
        if isChecked { try await workspace.checkNote() }
        return workspace
    }

    /// Opens the store to write to it, and makes it where there is none.
    ///
    /// - Parameters:
    ///   - call: The call.
    ///   - checklist: What is to be deployed: a new log is named after its service.
    /// - Returns: The opened store.
    /// - Throws: What keeps it from being opened or made.
    static func creating(
        _ call: Call,
        for checklist: Checklist? = nil
    ) async throws -> Workspace {
        let location = try StoreLocation(call)
        let address = try StoreAddress(try location.store ?? location.makeFolder())
        let store = try await address.openToWrite(create: true)
        let workspace = try Workspace(call, store, at: address, location, for: checklist)
        try await workspace.checkNote()
        return workspace
    }

    private init(
        _ call: Call,
        _ store: any CommandStore,
        at address: StoreAddress,
        _ location: StoreLocation,
        for checklist: Checklist? = nil
    ) throws {
        self.call = call
        self.store = store
        self.address = address
        self.location = location
        project = try location.project.map { path throws(InputError) in
            try ProjectFile.read(path)
        }
        let service =
            call.arguments["service"] ?? project?.onlyService ?? checklist?.service
            ?? checklist?.title
        let deployments = Deployments(
            store: store,
            service: service ?? "deploykit",
            zones: SystemZones(),
            freezes: project?.freezes ?? [],
            windows: project?.maintenanceWindows ?? []
        )
        let hooks = project.flatMap { project in
            location.project.map { CallHooks(call, project, at: $0, deployments) }
        }
        self.deployments =
            if let hooks { deployments.observed { call.hooks.add($0, to: hooks) } } else {
                deployments
            }
    }

    private static func existing(_ location: StoreLocation) throws -> StoreAddress {
        guard let store = location.store else {
            throw InputError(
                .absent,
                "there is no store here or above",
                hints: [
                    "'deploykit start FILE …' makes one; --store or DEPLOYKIT_STORE names another"
                ]
            )
        }
        let address = try StoreAddress(store)
        if let path = address.path, !StoreLocation.exists(path) {
            throw InputError(
                .absent,
                "there is no store '\(path)'",
                hints: ["'deploykit start FILE … --store \(path.shellQuoted)' makes it"]
            )
        }
        return address
    }
}

extension Workspace {
    /// Who acts; asking may start git.
    func actor() async -> Actor {
        await ActorName.actor(call)
    }

    /// What one process of a machine at a time does to a deployment.
    enum Work {
        case run, watch
    }

    /// The lock that is held while a process of this machine works on a deployment: beside the
    /// store, or, for a server's, in the user's state folder.
    func lock(for work: Work, on deployment: DeploymentID) async throws -> String {
        if let path = address.path { return "\(path).\(work)-\(deployment)" }
        guard let notes = keeping.notes else {
            throw UsageError(
                "there is no place for the lock of a \(work)",
                hints: ["set HOME or XDG_STATE_HOME"]
            )
        }
        let name = KeptFile.name(for: "\(try await deployments.log.origin()) \(deployment)")
        let path = "\(notes.folder)/locks/\(work)-\(name)"
        try KeptFile.makeFolder(of: path)
        return path
    }

    /// The service that the call is limited to.
    var service: String? { call.arguments["service"] }

    /// The deployment that is meant: the one named, else the only one that has not ended.
    ///
    /// - Parameter orLatest: Whether, where all have ended, the one that changed last is meant.
    /// - Returns: The deployment, which exists.
    /// - Throws: `UsageError` with the list when it is not clear; `DeploymentError`.
    func deployment(orLatest: Bool = false) async throws -> LiveDeployment {
        let named =
            call.arguments["deployment"] ?? call.environment["DEPLOYKIT_DEPLOYMENT"]
        if let named, !named.isEmpty {
            return try await deployments.deployment(DeploymentID(named))
        }
        let open = try await deployments.unended(of: service)
        if open.count > 1 {
            throw UsageError(
                "\(open.count) deployments are open: say which with --deployment",
                hints: open.map { occupant in
                    "--deployment \(occupant.deployment)   \(occupant.subject.label)"
                }
            )
        }
        if let only = open.first {
            return try await deployments.deployment(only.deployment)
        }
        if orLatest, let latest = try await latest() {
            return try await deployments.deployment(latest)
        }
        guard try await deployments.log.store.count() > 0 else {
            throw InputError(
                .empty,
                "the store '\(address.place)' holds no entry: nothing was ever recorded there, or somebody "
                    + "took it away",
                hints: ["'deploykit start FILE …' begins a deployment"]
            )
        }
        throw UsageError(
            "no deployment is open" + (service.map { " for service '\($0)'" } ?? ""),
            hints: ["deploykit list shows those that ended; deploykit start begins one"]
        )
    }

    /// The deployment that changed last, where none is named and none is open.
    func endedDeployment() async throws -> LiveDeployment? {
        guard
            (call.arguments["deployment"] ?? call.environment["DEPLOYKIT_DEPLOYMENT"] ?? "")
                .isEmpty,
            try await deployments.unended(of: service).isEmpty, let latest = try await latest()
        else { return nil }
        return try await deployments.deployment(latest)
    }

    private func latest() async throws -> DeploymentID? {
        var position: Int?
        while true {
            let page = try await deployments.list(before: position, limit: service == nil ? 1 : 50)
            let fitting = page.first { service == nil || $0.state.subject.service == service }
            if let fitting { return fitting.state.id }
            guard let last = page.last else { return nil }
            position = last.lastPosition
        }
    }

    /// Makes the log know the people whom the project file lists, where it lists any.
    ///
    /// Once somebody has a key, only `directory apply` changes the people: an older working copy
    /// would take away who was enrolled since.
    func applyDirectory() async throws {
        guard let project, !project.people.isEmpty else { return }
        let change = try await deployments.change(to: project.directory)
        guard change.previous.isEnrolled else {
            try await deployments.apply(project.directory, by: await actor())
            return
        }
        guard !change.changes.isEmpty else { return }
        call.console.note(
            "the people of the project file are not those that the log knows ("
                + "\(change.changes.count) differences); the log's hold until 'deploykit directory "
                + "apply'"
        )
    }
}

extension DeploymentSubject {
    /// Service, environment and version, in one line.
    var label: String { "\(service) · \(environment.name.text) · \(version)" }
}

/// Reads the project file.
enum ProjectFile {
    /// - Throws: `InputError` when it cannot be read or is no project file.
    static func read(_ path: String) throws(InputError) -> Project {
        let (bytes, _) = try InputFile.document(path)
        do {
            return try Project(json: try JSONValue(parsing: bytes, within: .definition))
        } catch {
            throw InputError(
                .invalid,
                "'\(path)' is no project file: \(error)",
                hints: [
                    "correct it there; what the log knows of environments and people is as it was"
                ]
            )
        }
    }
}
