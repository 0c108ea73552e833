// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What a heading inside a rollback section says of what stands under it.
enum RollbackPart: Hashable {
    /// What is done to go back.
    case steps
    /// What calls for going back.
    case triggers
    /// What shows that going back has worked.
    case verification
    /// What is said around it: who decides, what it costs, how to need it less.
    case aside

    /// What a heading states by itself; `nil` when it states nothing.
    ///
    /// - Parameters:
    ///   - heading: The heading's text.
    ///   - isWhole: Whether the document is about going back as a whole, so that a part of it may
    ///     be about anything else.
    init?(heading: String, isWhole: Bool) {
        let text = heading.lowercased()
        let isAct = Self.isAct(text)
        if Self.denials.occur(in: text) || Self.asides.occur(in: text)
            || Self.asideBeginnings.begin(Self.unnumbered(text))
        {
            self = .aside
        } else if isWhole, !isAct, Self.neighbours.occur(in: text) {
            self = .aside
        } else if Self.triggerWords.occur(in: text) {
            self = .triggers
        } else if Self.verificationWords.occur(in: text) {
            self = .verification
        } else {
            return nil
        }
    }

    /// Whether a title says that something is brought back.
    static func isAct(_ title: String) -> Bool { acts.occur(in: title.lowercased()) }

    /// Whether a heading is about looking at a state, which changes nothing: "4.1 Check the …". A
    /// heading that is itself one of several steps, "4. Check the …", is what is done.
    static func isInspection(_ heading: String) -> Bool {
        let text = heading.lowercased()
        let rest = unnumbered(text)
        let number = text.prefix { $0.isNumber || $0 == "." }
        let isStep = number.hasSuffix(".") && number.count { $0 == "." } == 1
        return !isStep && inspections.begin(rest)
    }

    /// Whether the label of "**Impact**: low" says what a procedure is like, not what it does.
    static func isAttribute(_ label: String) -> Bool {
        attributes.begin(label.lowercased())
    }

    /// A heading without the number before it.
    private static func unnumbered(_ heading: String) -> String {
        heading.drop { $0.isNumber || $0.isWhitespace || ".):".contains($0) }.trimmed
    }

    private static let acts: PhraseList = [
        "rollback", "roll back", "rolling back", "restor", "recover", "revert", "redeploy",
        "restaur", "recuper", "wiederherstell", "ロールバック", "復元", "回滚", "恢复",
    ]
    private static let denials: PhraseList = [
        "do not", "don't", "no rollback", "not rollback", "not to roll", "not required",
        "not needed", "no hacer", "não fazer", "nicht zurück", "不要", "不需要", "无需",
    ]
    private static let asides: PhraseList = [
        // Who decides.
        "authority", "authoriz", "authoris", "who can", "who decides", "quem pode", "quem decide",
        "quién ", "wer darf", "wer entscheidet", "qui peut", "判断者", "responsib", "escalation",
        // How to need it less.
        "prevent", "prevenç", "prevenci", "préven", "vorbeug", "予防", "再発防止", "预防",
        "best practice", "buenas prácticas", "boas práticas", "bonnes pratiques", "lessons learned",
        // What it is and was.
        "principle", "principio", "princípio", "precondition", "prerequisite", "prerrequisit",
        "pré-requisit", "voraussetzung", "前提条件", "state change", "threat", "kpi", "overview",
        "table of contents", "timeline", "タイムライン", "template", "plantilla", "time objective",
        "rto/rpo", "rpo/rto", "recovery point", "limitation", "tipos de", "types of",
        // What is looked up.
        "contacts", "contact list", "contact info", "contatos", "kontakte", "連絡先", "联系人",
        "quick reference", "referencia rápida", "referência rápida", "cheat sheet", "faq",
        "running tests", "writing a rollback", "rollback test", "rollback drill", "ロールバックテスト", "訓練",
    ]
    private static let asideBeginnings: PhraseList = [
        "metric", "métric", "related doc", "reference", "see also", "glossary", "history",
        "change log", "changelog", "purpose", "objective", "objetivo", "scope", "alcance",
    ]
    private static let neighbours: PhraseList = [
        "communicat", "comunica", "kommunikation", "連絡", "tag the", "tagging", "backup",
        "snapshot", "release management", "pre-production", "everyday", "writing a",
    ]
    private static let triggerWords: PhraseList = [
        "when to", "trigger", "rollback if", "roll back if", "if any", "rollback criteria",
        "rollback condition", "decision criteria", "stop condition", "failure indicator",
        "rollback immediately", "criteria for", "criterios para", "critérios para", "quando ",
        "cuándo", "cuando ", "wann ", "トリガー", "触发", "判断",
    ]
    private static let verificationWords: PhraseList = [
        "verif", "vérif", "valida", "post-rollback", "pós-rollback", "pós rollback",
        "after rollback", "post rollback", "検証",
        "確認", "überprüf",
    ]
    private static let inspections: PhraseList = [
        "check ", "list ", "show ", "view ", "inspect ", "detect ", "display ", "listar ",
        "consultar ", "lister ", "anzeigen ",
    ]
    private static let attributes: PhraseList = [
        "scope", "time", "duration", "impact", "sla", "rto", "rpo", "criteri", "approv", "owner",
        "responsib", "automation", "document", "risk", "severity", "downtime", "alcance",
        "tiempo", "impacto", "aprob", "automati", "duraç", "tempo", "aprova", "escopo", "risco",
        "umfang", "dauer", "auswirkung", "portée", "durée",
    ]
}
