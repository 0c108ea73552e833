// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The shells that can complete a command line of `deploykit`, each with the code that it loads.
///
/// The code asks `deploykit completion words` for what fits. The words of the line are given behind
/// `--`, each with an equals sign before it, so that none is empty. The answer is a line for each
/// word that fits, the word and what it is apart by a tab; or `:files` alone, where the shell knows
/// better. Nothing of the answer is evaluated by the shell.
enum CompletionScript: String, CaseIterable {
    case bash, zsh, fish

    /// The code.
    var text: String {
        switch self {
        case .bash: Self.bashText
        case .zsh: Self.zshText
        case .fish: Self.fishText
        }
    }

    // Bash breaks words at '=' and ':' too; what stands together in the line is put together again.
    private static let bashText = #"""
        # bash completion for deploykit; to load it: source <(deploykit completion bash)
        _deploykit() {
            local line=${COMP_LINE:0:COMP_POINT} words=() piece='' glued=0 i answer word
            for ((i = 0; i <= COMP_CWORD; i++)); do
                glued=0
                if ((i > 0)) && [[ $line != [[:space:]]* ]]; then glued=1; fi
                line=${line#"${line%%[![:space:]]*}"}
                piece=${COMP_WORDS[i]}
                if ((i == COMP_CWORD)); then piece=$line; fi
                line=${line#"$piece"}
                if ((glued)) && [[ -n $piece ]]; then
                    words[${#words[@]} - 1]+=$piece
                elif ((!glued)); then
                    words+=("$piece")
                fi
            done
            local current=${words[${#words[@]} - 1]} done=''
            case $piece in
                '' | '=' | ':') done=$current ;;
                *) done=${current%"$piece"} ;;
            esac
            words=("${words[@]:1}")
            COMPREPLY=()
            while IFS=$'\t' read -r word answer; do
                if [[ $word == ':files' ]]; then
                    compopt -o filenames 2>/dev/null
                    if [[ $current == --*=* ]]; then current=${current#*=}; fi
                    mapfile -t COMPREPLY < <(compgen -f -- "$current")
                    return
                fi
                if [[ $word == *= ]]; then compopt -o nospace 2>/dev/null; fi
                COMPREPLY+=("${word#"$done"}")
            done < <(command deploykit completion words -- "${words[@]/#/=}" 2>/dev/null)
        }
        complete -F _deploykit deploykit

        """#

    private static let zshText = #"""
        #compdef deploykit
        # zsh completion for deploykit; to load it: source <(deploykit completion zsh)
        _deploykit() {
            local -a given answers candidates
            local answer word
            given=("${(@Q)words[2,CURRENT]}")
            answers=("${(@f)$(command deploykit completion words -- "${(@)given/#/=}" 2>/dev/null)}")
            if [[ $answers[1] == ':files' ]]; then
                [[ $words[CURRENT] != --*=* ]] || compset -P '*='
                _files
                return
            fi
            for answer in $answers; do
                word=${answer%%$'\t'*}
                candidates+=("${word//:/\\:}:${answer#*$'\t'}")
            done
            (( $#candidates )) && _describe -V deploykit candidates
        }
        if [[ $funcstack[1] == _deploykit ]]; then _deploykit "$@"; else compdef _deploykit deploykit; fi

        """#

    private static let fishText = #"""
        # fish completion for deploykit; to load it: deploykit completion fish | source
        function __deploykit_complete
            set -l given (commandline -opc)
            set -e given[1]
            set -l current (commandline -ct)
            set -l answers (command deploykit completion words -- =$given "=$current" 2>/dev/null)
            if test "$answers[1]" = ':files'
                __fish_complete_path (string replace -r '^--[^=]*=' '' -- $current)
            else
                printf '%s\n' $answers
            end
        end
        complete -c deploykit -f -a '(__deploykit_complete)'

        """#
}
