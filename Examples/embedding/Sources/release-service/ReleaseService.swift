// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What the service answers:
///
/// | Request | Answer |
/// |---|---|
/// | `GET /` | the deployments as a page |
/// | `GET /healthz` | 200 |
/// | `POST /deployments` `{"environment","version"}` | starts one, or gives the one that is open |
/// | `GET /deployments/ID` | its status |
/// | `POST /deployments/ID/items/ITEM` `{"note"}` | says that an item was done |
/// | `POST /deployments/ID/items/ITEM` `{"skip"}` | says why its condition does not hold |
/// | `POST /deployments/ID/items/ITEM` `{"contract"}` | says which ID a deployment of a contract gave |
/// | `POST /deployments/ID/sign-offs/SLOT` `{"decision","reason"}` | signs |
/// | `GET /deployments/ID/gates/GATE` | 200 when it is open, 409 with the reasons when it is not |
///
/// Whoever changes something sends a bearer token. Refusals of the rules are 409 and say why; the
/// rules themselves are all in the library.
struct ReleaseService: Sendable {
    let deployments: Deployments
    let checklist: Checklist
    let environments: [Environment]
    /// People by the digest of their token: a token is compared by what cannot be guessed step by
    /// step.
    let people: [Digest: ActorID]

    func answer(_ request: HTTPRequest) async -> HTTPResponse {
        do throws(DeploymentError) {
            return try await route(request)
        } catch {
            switch error.cause {
            case .notFound: return .problem(404, error.description)
            case .refused(let refusal) where refusal.code == .unknownName:
                return .problem(404, refusal.description)
            case .refused(let refusal) where refusal.code == .notEligible:
                return .problem(403, refusal.description)
            case .refused(let refusal): return .problem(409, refusal.description)
            default: return .problem(503, error.description)
            }
        }
    }

    private func route(_ request: HTTPRequest) async throws(DeploymentError) -> HTTPResponse {
        let path = request.path
        switch (request.method, path.count) {
        case ("GET", 0):
            let states = try await deployments.list(limit: 20).map(\.state)
            return StatusPage(states).response
        case ("GET", 1) where path[0] == "healthz":
            return .json(.members(["status": .string("ok")]))
        case ("GET", 2) where path[0] == "deployments":
            return .json(try await status(of: DeploymentID(path[1])))
        case ("GET", 4) where path[0] == "deployments" && path[2] == "gates":
            return try await gate(path[3], of: DeploymentID(path[1]))
        case ("POST", 1) where path[0] == "deployments":
            return try await withPerson(request) { actor, body throws(DeploymentError) in
                try await start(body, by: actor)
            }
        case ("POST", 4) where path[0] == "deployments":
            return try await withPerson(request) { actor, body throws(DeploymentError) in
                try await change(path, body, by: actor)
            }
        default:
            return .problem(404, "there is nothing here")
        }
    }

    private func withPerson(
        _ request: HTTPRequest,
        _ body: (Actor, JSONValue) async throws(DeploymentError) -> HTTPResponse
    ) async throws(DeploymentError) -> HTTPResponse {
        let digest = request.token.map { SHA256.digest(of: Array($0.utf8)) }
        guard let digest, let person = people[digest] else {
            return .problem(401, "send the token that you were given, as 'Authorization: Bearer …'")
        }
        let given = request.body.isEmpty ? Array("{}".utf8) : request.body
        // Whatever is wrong with it, the caller is told the same.
        guard let value = try? JSONValue(parsing: given), case .object = value else {
            return .problem(400, "the body is a JSON object")
        }
        return try await body(.person(person), value)
    }

    private func start(
        _ body: JSONValue,
        by actor: Actor
    ) async throws(DeploymentError) -> HTTPResponse {
        guard let version = body["version"]?.string, !version.isEmpty,
            let environment = environments.first(where: {
                $0.name.text == body["environment"]?.string
            })
        else {
            let names = environments.map(\.name.text).joined(separator: ", ")
            return .problem(400, "name a version, and an environment: \(names)")
        }
        let live = try await deployments.start(
            checklist,
            environment: environment,
            version: version,
            by: actor
        )
        return .json(try await status(of: live.id), status: 201)
    }

    private func change(
        _ path: [String],
        _ body: JSONValue,
        by actor: Actor
    ) async throws(DeploymentError) -> HTTPResponse {
        let live = try await deployments.deployment(DeploymentID(path[1]))
        switch path[2] {
        case "items":
            if let text = body["contract"]?.string {
                return try await capture(text, at: path[3], of: live, by: actor)
            }
            if let reason = body["skip"]?.string {
                try await live.perform(
                    .skip(try await live.item(path[3]), reason: reason),
                    by: actor
                )
            } else {
                try await live.complete(path[3], by: actor, note: body["note"]?.string)
            }
        case "sign-offs":
            guard let word = body["decision"]?.string,
                let decision = SignOff.Decision(rawValue: word)
            else { return .problem(400, "decide: approved, rejected or abstained") }
            try await live.sign(path[3], decision, by: actor, reason: body["reason"]?.string)
        default:
            return .problem(404, "a deployment has items, sign-offs and gates")
        }
        return .json(try await status(of: live.id))
    }

    // That an attempt begins is in the log before its result, so that a crash leaves no doubt about
    // whether there was one.
    private func capture(
        _ text: String,
        at name: String,
        of live: LiveDeployment,
        by actor: Actor
    ) async throws(DeploymentError) -> HTTPResponse {
        let item = try await live.item(name)
        let environment = try await live.state().subject.environment
        let id: ContractID
        do {
            id = try ContractID(text, in: environment)
        } catch {
            return .problem(400, "\(error)")
        }
        let begun = try await live.perform(.begin(item, runner: nil), by: actor)
        let attempt = begun.state.items[item]?.attempts ?? 1
        try await live.perform(
            .finish(item, attempt: attempt, AttemptOutcome(.captured(id))),
            by: actor
        )
        return .json(try await status(of: live.id))
    }

    private func gate(
        _ name: String,
        of id: DeploymentID
    ) async throws(DeploymentError) -> HTTPResponse {
        let live = try await deployments.deployment(id)
        let state = try await live.state()
        let (gate, verdict) = try await live.gate(name)
        let (word, reasons): (String, [GateReason]) =
            switch verdict {
            case .open: ("open", [])
            case .closed(let reasons): ("closed", reasons)
            case .inconclusive(let reasons): ("inconclusive", reasons)
            }
        return .json(
            .members([
                "gate": gate.json, "verdict": .string(word),
                "reasons": .array(reasons.map { .string(state.sentence(for: $0)) }),
            ]),
            status: word == "open" ? 200 : 409
        )
    }

    private func status(of id: DeploymentID) async throws(DeploymentError) -> JSONValue {
        let state = try await deployments.state(of: id)
        let facts = try await deployments.facts(for: state)
        let items = state.states(given: facts).filter { !$0.entry.item.isGroup }
        return .members([
            "id": state.id.json,
            "environment": state.subject.environment.name.json,
            "version": .string(state.subject.version),
            "status": .string(state.status.word),
            "items": .array(
                items.map { entry, state in
                    .members([
                        "number": .string(entry.number), "title": .string(entry.item.title),
                        "state": .string(state.word),
                    ])
                }
            ),
        ])
    }
}
