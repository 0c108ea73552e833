// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What a part of a document is for, judged by its heading.
enum Purpose: Hashable {
    /// Items of a run.
    case run
    /// Criteria to be checked after a run.
    case criteria
    /// Success metrics: measured, not ticked.
    case metrics
    /// Places for signatures.
    case signOff
    /// How to go back.
    case rollback
    /// Tasks that come again and again, or after a disaster.
    case procedure
    /// Commands to look up.
    case reference
    /// Whom to call.
    case contacts

    /// The purpose that a heading states by itself; `nil` when it states none.
    ///
    /// - Parameters:
    ///   - heading: The heading's text.
    ///   - isTop: Whether the heading is one of those that divide the whole document.
    init?(heading: String, isTop: Bool) {
        guard Self.decisive.occurInAnyCase(in: heading) else { return nil }
        func has(_ words: PhraseList) -> Bool { words.occurInAnyCase(in: heading) }
        let isPreparation = has(Self.preparations)
        if has(Self.rollbacks), !isPreparation {
            self = .rollback
        } else if has(Self.signOffs), !has(Self.otherApprovals) {
            self = .signOff
        } else if has(Self.contactWords), heading.split(separator: " ").count <= 5 {
            self = .contacts
        } else if has(Self.references) || Self.earlier.beginInAnyCase(heading) {
            self = .reference
        } else if isTop, has(Self.procedures), !isPreparation {
            self = .procedure
        } else if has(Self.criteriaWords), !has(Self.rollbacks) {
            self = .criteria
        } else if has(Self.metricWords) {
            self = .metrics
        } else {
            return nil
        }
    }

    /// Whether any of the headings is about going back.
    static func isRollback(_ headings: ArraySlice<String>) -> Bool {
        headings.contains { rollbacks.occurInAnyCase(in: $0) }
    }

    /// One of these stands in every heading that states a purpose.
    private static let decisive = PhraseList(
        [
            rollbacks, signOffs, contactWords, references, earlier, procedures, criteriaWords,
            metricWords,
        ].flatMap(\.phrases)
    )
    private static let preparations: PhraseList = [
        "prepar", "readiness", "ready", "rehears", "drill", "test", "pre-", "documentation",
    ]
    static let rollbacks: PhraseList = [
        "rollback", "roll back", "roll-back", "revert", "rückgängig", "annulation", "回滚",
        "ロールバック", "切り戻し", "retour arrière", "retour en arrière", "emergency procedure",
        "reversión", "reversão", "reverter", "zurückrollen", "回退", "backout", "back-out",
    ]
    private static let signOffs: PhraseList = [
        "sign-off", "sign off", "signoff", "signature", "approval", "approved by", "approvers",
        "aprova", "aproba", "firmas", "assinatura", "承認", "签署", "签字", "签核", "审批", "freigabe",
        "unterschrift", "go/no-go", "go / no-go", "signatures",
    ]
    private static let otherApprovals: PhraseList = [
        "criteria", "process", "workflow", "code review",
    ]
    private static let contactWords: PhraseList = [
        "contact", "kontakt", "contato", "连絡", "連絡先", "联系",
    ]
    private static let references: PhraseList = [
        "troubleshooting", "quick reference", "quick command", "command reference",
        "commands reference", "useful command", "common issues", "cheat sheet", "cheatsheet", "faq",
        "故障排", "トラブルシュ", "solución de problemas", "solução de problemas", "dépannage",
        "fehlerbehebung",
    ]
    private static let earlier: PhraseList = ["previous "]
    private static let procedures: PhraseList = [
        "disaster recovery", "maintenance window", "regular maintenance", "ongoing maintenance",
        "routine maintenance", "maintenance schedule", "maintenance task",
    ]
    private static let criteriaWords: PhraseList = [
        "success criteria", "acceptance criteria", "exit criteria", "critérios de sucesso",
        "criterios de éxito", "critères de succès", "erfolgskriterien", "成功标准", "成功基準",
    ]
    private static let metricWords: PhraseList = [
        "success metric", "metrics to monitor", "key metric", "key performance", "kpi",
        "performance metric", "performance target", "métricas de", "metriken", "métriques", "成功指标",
    ]
}

/// What the words of headings and items say beyond their title.
enum Words {
    /// Whether something must be done, by its title: `(if …)`, `(optional)`, `Optional:`, `If …,`,
    /// `… if needed` and the like.
    static func requirement(of title: String) -> Requirement {
        guard
            requirementMarks.occurInAnyCase(in: title)
                || requirementBeginnings.beginInAnyCase(title)
        else { return .required }
        let lower = title.lowercased()
        for inner in parentheses(in: title) {
            let text = inner.lowercased()
            if optional.contains(where: { text == $0 || text.hasPrefix($0 + " ") }) {
                return .optional
            }
            if conditionals.contains(where: { text.hasPrefix($0) }) { return .conditional(inner) }
        }
        for word in optional where lower.hasPrefix(word) {
            let next = lower.dropFirst(word.count).first
            if next == ":" || next == " " || next == "：" { return .optional }
        }
        if lower.holds("可选") { return .optional }
        let start = lower.utf8.prefix { $0 != 0x20 }
        if leading.contains(String(Substring(start))),
            let end = title.firstIndex(where: { ",:;，".contains($0) })
        {
            return .conditional(title[..<end].trimmed)
        }
        for tail in tails where lower.hasSuffix(tail) || lower.hasSuffix(tail + ".") {
            let from = title.index(
                title.endIndex,
                offsetBy: -tail.count,
                limitedBy: title.startIndex
            )
            return .conditional(from.map { title[$0...].trimmed } ?? tail)
        }
        return eastern.first { lower.holds($0) }.map { .conditional($0) } ?? .required
    }

    private static let optional = ["optional", "opcional", "optionnel", "facultatif", "可选", "任意"]
    private static let conditionals = [
        "if ", "when ", "where applicable", "as applicable", "as needed", "only if ", "unless ",
        "se ", "si ", "falls ", "wenn ", "quando ", "cuando ", "s'il", "le cas échéant", "如", "必要",
        "該当", "场合", "場合",
    ]
    private static let leading: Set<String> = ["if", "falls", "wenn", "se", "si", "when"]
    private static let tails = [
        " if needed", " if required", " if necessary", " if applicable", " if possible",
        " if any", " as needed", " where applicable", " when required", " when needed",
        " se necessário", " se aplicável", " si es necesario", " si nécessaire", " falls nötig",
        " falls erforderlich",
    ]
    private static let eastern = ["必要に応じ", "如有必要", "如需", "如果适用", "该当する場合"]
    private static let requirementMarks = PhraseList(tails + eastern + ["(", "（", "可选"])
    private static let requirementBeginnings = PhraseList(optional + leading)

    /// Whether a text names a span of time: "< 5 minutes", "24 horas".
    static func namesTime(_ text: String) -> Bool {
        text.contains(where: \.isNumber) && timeUnits.occurInAnyCase(in: text)
    }

    private static let timeUnits: PhraseList = [
        "minut", "hour", "hora", "heure", "stunde", "day", "día", "dia", "jour", "tage", "week",
        "分", "時間", "小时", " h", " min",
    ]

    /// What stands between parentheses, in order.
    static func parentheses(in text: String) -> [String] {
        guard text.holds("(") || text.holds("（") else { return [] }
        var result: [String] = []
        var inner: String?
        for character in text {
            switch character {
            case "(", "（": inner = ""
            case ")", "）":
                if let text = inner?.trimmed, !text.isEmpty { result.append(text) }
                inner = nil
            default: inner?.append(character)
            }
        }
        return result
    }

    /// The scope that a heading such as "Testnet Deployment" states.
    static func scope(ofHeading title: String) -> [String] {
        guard environmentNames.occurInAnyCase(in: title) else { return [] }
        let words = title.words(of: [.letters, .hyphens])
        let scopes = words.compactMap { environments[$0] }
        guard let scope = scopes.first, scopes.allSatisfy({ $0 == scope }), words.count <= 5,
            !words.contains(where: { $0.hasPrefix("pre-") || $0 == "pre" }),
            !words.contains(where: { word in
                environments[word] == nil && notDeployments.contains { word.hasPrefix($0) }
            })
        else { return [] }
        let others = words.filter { environments[$0] == nil && !fillers.contains($0) }
        let isDeployment = others.contains { word in deployments.contains { word.hasPrefix($0) } }
        return others.isEmpty || isDeployment ? [scope] : []
    }

    private static let environments = [
        "testnet": "testnet", "mainnet": "mainnet", "staging": "staging", "devnet": "devnet",
        "futurenet": "futurenet", "sepolia": "sepolia", "production": "production",
        "prod": "production", "produção": "production", "producción": "production",
        "produktion": "production", "生产环境": "production", "本番": "production",
    ]
    private static let environmentNames = PhraseList(Array(environments.keys))
    private static let deployments = [
        "deploy", "release", "rollout", "environment", "launch", "cutover", "déploiement",
        "despliegue", "implantação",
    ]
    private static let notDeployments = [
        "readiness", "ready", "checklist", "configur", "review", "approv", "hardening", "sign",
        "test", "verif", "monitor", "post", "prepar", "requirement", "criteria", "support", "plan",
    ]
    private static let fillers: Set<String> = ["to", "the", "phase", "step", "stage", "on", "in"]

    /// Whether a phase of this title follows the deployment.
    static func isFollowUp(_ title: String) -> Bool {
        window(in: title) != nil || followUps.occurInAnyCase(in: title)
            || aftermaths.occurInAnyCase(in: title) && !checks.occurInAnyCase(in: title)
    }

    private static let aftermaths: PhraseList = [
        "post-deploy", "post deploy", "post-launch", "post launch", "post-release",
        "post release", "after deployment", "after launch", "after release", "pós-deploy",
        "pós-implantação", "post-despliegue", "nach dem deployment", "après le déploiement",
        "部署后", "デプロイ後",
    ]
    private static let checks: PhraseList = [
        "verif", "check", "test", "valid", "smoke", "immediate",
    ]
    private static let followUps: PhraseList = [
        "monitoring period", "follow-up", "follow up", "hypercare", "ongoing monitoring",
    ]

    /// When a phase or section of this title is looked at, counted from the deployment.
    static func window(in title: String) -> (start: Duration, length: Duration)? {
        guard unitBeginnings.mayBeginWord(in: title) else { return nil }
        let words = (title.holds("–") ? title.replacing("–", with: "-") : title)
            .words(of: [.letters, .numbers, .hyphens])
        func unit(_ word: String) -> Duration? {
            guard unitBeginnings.begin(word) else { return nil }
            let stem = word.hasSuffix("s") && word != "s" ? String(word.dropLast()) : word
            return units[stem]
        }
        guard words.contains(where: { unit($0) != nil }) else { return nil }
        for (index, word) in words.enumerated() {
            let next = words[safe: index + 1]
            if let unit = unit(word), let next, let range = numbers(next) {
                // "Day 1", "Week 2-4", "Weeks 2-4" count from 1.
                let isOne = ["day", "week", "month"].contains(word)
                let isSeveral = ["days", "weeks", "months"].contains(word) && range.count > 1
                if isOne || isSeveral, range.lowerBound >= 1 {
                    return (unit * (range.lowerBound - 1), unit * range.count)
                }
            }
            if word == "first" || word == "next", let next {
                if let unit = unit(next) { return (.zero, unit) }
                if let count = Int(next), count > 0, count < 1000,
                    let unit = words[safe: index + 2].flatMap(unit)
                {
                    return (.zero, unit * count)
                }
            }
            if word.holds("-"), let range = numbers(word), range.count > 1,
                let unit = next.flatMap(unit)
            {
                return (unit * range.lowerBound, unit * (range.count - 1))
            }
        }
        return nil
    }

    private static let units: [String: Duration] = [
        "minute": .minutes(1), "min": .minutes(1), "hour": .hours(1), "hr": .hours(1),
        "h": .hours(1), "day": .days(1), "week": .days(7), "month": .days(30),
    ]

    private static let unitBeginnings: PhraseList = ["min", "h", "day", "week", "month"]

    private static func numbers(_ word: String) -> ClosedRange<Int>? {
        let parts = word.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let first = parts.first ?? nil, let last = parts.last ?? nil, parts.count <= 2,
            first >= 0, first <= last, last < 1000
        else { return nil }
        return first...last
    }

    /// When a phase of this title begins, counted from the deployment: "T-30min", "T+24 hours".
    static func offset(in title: String) -> String? {
        guard offsetMarks.occur(in: title) else { return nil }
        let words = title.split { " ()[]（）:,".contains($0) }
        for (index, word) in words.enumerated() {
            let rest = word.dropFirst()
            guard word.hasPrefix("T"), let sign = rest.first, "+-−–".contains(sign),
                rest.dropFirst().first?.isNumber == true
            else { continue }
            guard word.last?.isNumber == true, let unit = words[safe: index + 1],
                timeUnits.begin(" " + unit.lowercased()) || timeUnits.begin(unit.lowercased())
            else { return String(word) }
            return "\(word) \(unit)"
        }
        return nil
    }

    /// When an item of this title is due, counted from the deployment: "T+15m", "T-2 hours", "D-1".
    /// A number without a unit names no time, but zero does.
    static func timeOffset(in title: String) -> Duration? {
        guard offsetMarks.occur(in: title) else { return nil }
        let words = title.split { " ()[]（）:,*".contains($0) }
        for (index, word) in words.enumerated() {
            let rest = word.dropFirst()
            guard let letter = word.first, letter == "T" || letter == "D",
                let sign = rest.first, "+-−–".contains(sign)
            else { continue }
            let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard let count = Int(digits), count < 10_000 else { continue }
            let after = rest.dropFirst(1 + digits.count)
            let name = (after.isEmpty ? words[safe: index + 1] ?? "" : after).lowercased()
            let stem = name.count > 1 && name.hasSuffix("s") ? String(name.dropLast()) : name
            let unit = letter == "D" && after.isEmpty ? .days(1) : units[stem] ?? shortUnits[stem]
            guard let unit = count == 0 ? .zero : unit else { continue }
            return unit * (sign == "+" ? count : -count)
        }
        return nil
    }

    private static let offsetMarks: PhraseList = ["T+", "T-", "T−", "T–", "D+", "D-", "D−", "D–"]
    private static let shortUnits: [String: Duration] = [
        "s": .seconds(1), "sec": .seconds(1), "second": .seconds(1), "m": .minutes(1),
        "d": .days(1), "w": .days(7),
    ]

    /// How often an item of this title asks to look.
    static func cadence(in title: String) -> Duration? {
        let text = title.lowercased()
        if text.holds("every hour") || text.holds("hourly") { return .hours(1) }
        if text.holds("daily") || text.holds("every day") { return .days(1) }
        if text.holds("weekly") || text.holds("every week") { return .days(7) }
        return nil
    }

    /// Low, medium or high, as "(Medium Risk)" or "(Low Impact)" say it; "(Safe)" is low.
    static func level(in title: String, of noun: String) -> Level? {
        for inner in parentheses(in: title) {
            let words = inner.words(of: .letters)
            if words.contains(noun) {
                if words.contains("low") { return .low }
                if words.contains("medium") { return .medium }
                if words.contains("high") || words.contains("critical") { return .high }
            }
            if noun == "impact", words.contains("safe") { return .low }
        }
        return nil
    }

    /// A heading without the emoji at its end that says how far it has come.
    static func withoutStatus(_ heading: String) -> String {
        guard let byte = heading.trimmed.utf8.last, byte >= 0x80 else { return heading.trimmed }
        var rest = heading.trimmed[...]
        while let last = rest.last, "✅❌⚠⏳🔄🟢🟡🔴✔☑".contains(last) || last == "⚠️" || last == "✔️" {
            rest = rest.dropLast().trimmed[...]
        }
        return rest.isEmpty ? heading.trimmed : String(rest)
    }
}
