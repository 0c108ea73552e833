// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A name for a ``SuccessMetric``.
public typealias MetricID = Identifier<SuccessMetric>

/// What is measured to tell whether a deployment succeeded, and how it is judged.
public struct SuccessMetric: Hashable, Sendable {
    /// How much a metric has to say.
    @nonexhaustive
    public enum Role: Hashable, Sendable {
        /// It decides.
        case key
        /// It decides, and counts with this weight, 1 or more, in a score.
        case scored(Int)
        /// It is judged and reported beside the decision.
        case advisory
        /// It is recorded only.
        case informational
    }

    /// The name by which triggers and measurements refer to it.
    public var id: MetricID
    /// The words of the checklist for it.
    public var title: String
    /// What it is measured in.
    public var unit: Unit
    /// Which values are better.
    public var direction: Direction
    /// How samples become one value; `nil` when the checklist does not say.
    public var aggregation: Aggregation?
    /// The bounds.
    public var bands: Bands
    /// The time whose samples one value rests on.
    public var window: Duration?
    /// How long a violation must last.
    public var sustain: Sustain
    /// The samples that a value needs; `nil` for the rule of ``requiredSamples``.
    public var minimumSamples: Int?
    /// What observations without data mean.
    public var noData: NoDataPolicies
    /// How much it has to say.
    public var role: Role
    /// When it is looked at; empty for no fixed time.
    public var windows: [Identifier<MonitoringWindow>]
    /// What it is compared with besides its bands; `nil` for nothing.
    public var baseline: Baseline?

    /// A metric.
    public init(
        id: MetricID,
        title: String,
        unit: Unit,
        direction: Direction,
        aggregation: Aggregation? = nil,
        bands: Bands = Bands(),
        window: Duration? = nil,
        sustain: Sustain = .instant,
        minimumSamples: Int? = nil,
        noData: NoDataPolicies = NoDataPolicies(),
        role: Role = .key,
        windows: [Identifier<MonitoringWindow>] = [],
        baseline: Baseline? = nil
    ) {
        self.id = id
        self.title = title
        self.unit = unit
        self.direction = direction
        self.aggregation = aggregation
        self.bands = bands
        self.window = window
        self.sustain = sustain
        self.minimumSamples = minimumSamples
        self.noData = noData
        self.role = role
        self.windows = windows
        self.baseline = baseline
    }

    /// The faults of the bands; none when they are sound.
    public var findings: [BandsFinding] { bands.findings(unit: unit, direction: direction) }

    /// Whether the metric takes part in the decision.
    public var decides: Bool {
        switch role {
        case .key, .scored: true
        case .advisory, .informational: false
        }
    }

    /// How many samples a value needs: ``minimumSamples``, or else, for a quantile p, ⌈10/(1 − p)⌉
    /// from the median up and ⌈10/p⌉ below (the rule of CloudWatch's alarms on percentiles); for a
    /// ratio, as many that one bad sample can be inside the bound b: ⌈1/(1 − b)⌉, or ⌈1/b⌉ where
    /// less is better; otherwise none.
    public var requiredSamples: Int {
        if let minimumSamples { return minimumSamples }
        switch aggregation {
        case .quantile(let p, _):
            // p < 1 − p is p < 0.5. What cannot be computed must not let a single sample decide.
            guard let rest = try? ExactDecimal.one.adding(p.negated) else { return .max }
            return Self.samples(10, over: p < rest ? p : rest)
        case .ratio: return ratioSamples
        default: return 0
        }
    }

    private var ratioSamples: Int {
        guard case .compare(_, let limit)? = bands.target ?? bands.warning ?? bands.critical,
            let bound = try? limit.converted(to: .ratio).magnitude
        else { return 1 }
        switch direction {
        case .lowerIsBetter: return Self.samples(1, over: bound)
        case .higherIsBetter:
            // As above: no count of samples is enough for what cannot be computed.
            guard let rest = try? ExactDecimal.one.adding(bound.negated) else { return .max }
            return Self.samples(1, over: rest)
        case .withinRange: return 1
        }
    }

    // ⌈whole / part⌉ in integers: the part is coefficient / 10^scale.
    private static func samples(_ whole: Int, over part: ExactDecimal) -> Int {
        guard part > 0, part.coefficient > 0 else { return 1 }
        let (scaled, overflow) = UInt128(whole).multipliedReportingOverflow(
            by: ExactDecimal.power(part.scale)
        )
        guard !overflow else { return Int.max }
        let divisor = part.coefficient.magnitude
        return Int(exactly: scaled / divisor + (scaled % divisor == 0 ? 0 : 1)) ?? Int.max
    }
}

extension SuccessMetric.Role: JSONConvertible {
    /// A JSON string; `scored` is an object with that member.
    public var json: JSONValue {
        switch self {
        case .key: .string("key")
        case .scored(let weight): .members(["scored": weight.json])
        case .advisory: .string("advisory")
        case .informational: .string("informational")
        }
    }

    /// Reads the string or the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        switch json {
        case .string("key"): self = .key
        case .string("advisory"): self = .advisory
        case .string("informational"): self = .informational
        default:
            var members = try JSONMembers(json)
            let weight: Int = try members.required("scored")
            try members.finish()
            guard weight >= 1 else { throw JSONError(.value, "the weight \(weight) is below 1") }
            self = .scored(weight)
        }
    }
}

extension SuccessMetric: JSONConvertible {
    /// An object; what has its default value is left out.
    public var json: JSONValue {
        .members([
            "id": id.json, "title": title.json, "unit": unit.json, "direction": direction.json,
            "aggregation": aggregation?.json,
            "bands": bands == Bands() ? nil : bands.json,
            "window": window?.json,
            "sustain": sustain == .instant ? nil : sustain.json,
            "minimumSamples": minimumSamples?.json,
            "noData": noData == NoDataPolicies() ? nil : noData.json,
            "role": role == .key ? nil : role.json,
            "windows": windows.jsonUnlessEmpty,
            "baseline": baseline?.json,
        ])
    }

    /// Reads the object. Unsound bands are read: ``findings`` names their faults.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        id = try members.required("id")
        title = try members.required("title")
        unit = try members.required("unit")
        direction = try members.required("direction")
        aggregation = try members.optional("aggregation")
        bands = try members.optional("bands") ?? Bands()
        window = try members.optional("window")
        sustain = try members.optional("sustain") ?? .instant
        minimumSamples = try members.optional("minimumSamples")
        noData = try members.optional("noData") ?? NoDataPolicies()
        role = try members.optional("role") ?? .key
        windows = try members.list("windows")
        baseline = try members.optional("baseline")
        try members.finish()
        if let count = minimumSamples, count < 0 {
            throw JSONError(.value, "\(count) samples are fewer than none")
        }
    }
}
