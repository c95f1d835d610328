# shellcheck shell=bash
# What both scripts are made of: messages, commands that are run or only printed, and look-ups.
# Sourced by deploy/deploy.sh and deploy/destroy.sh, which set the modes below while they read their arguments.

# Nobody may be there to answer, and standard input is not passed on.
export CLOUDSDK_CORE_DISABLE_PROMPTS=1
# A look-up enables no API by the way.
export CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API=false

# Print the commands that would change something instead of running them.
dry_run=false
# Ask Google nothing either, as if nothing existed. Only together with dry_run, and where that makes sense.
offline=false
may_be_offline=false
# How many commands changed something, or would have.
changes=0
# Something was made in this run, which Google's other servers may not know of yet.
made_something=false
# The pause before a command is tried again that failed because of that.
retry_pause=${RETRY_PAUSE_SECONDS:-10}

say() {
    printf '%s\n' "$@" >&2
}

warn() {
    say "Warning: $*"
}

fail() {
    say "$@"
    exit 1
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Prints one word so that a shell reads it back as it is. A dry run may not know the project's number, the image or who
# writes for the sink: they stand as @NAME@ in its words and are printed as variables, which a line printed before has set.
quoted() {
    if [[ $1 =~ @(PROJECT_NUMBER|IMAGE|WRITER)@ ]]; then
        printf '"%s"' "$(as_variables <<<"$1")"
    elif [[ $1 =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]]; then
        printf '%s' "$1"
    else
        printf "'%s'" "${1//\'/"'\\''"}"
    fi
}

as_variables() {
    # shellcheck disable=SC2016  # for the shell that reads it
    sed 's/[\\`$]/\\&/g; s/@PROJECT_NUMBER@/$PROJECT_NUMBER/g; s/@IMAGE@/$IMAGE/g; s/@WRITER@/$WRITER/g'
}

# The command as one line.
command_line() {
    local word line=
    for word in "$@"; do
        line+="${line:+ }$(quoted "$word")"
    done
    printf '%s' "$line"
}

# What the last command failed of. Accounts and enabled APIs take up to some minutes to be known to all of Google.
failed_of() {
    grep --quiet --extended-regexp "$1" "$scratch/error"
}
api_is_disabled='SERVICE_DISABLED|has not been used in project|API .*not enabled'
not_known_yet="does not exist|may not exist|NOT_FOUND|$api_is_disabled"

# Says whether there is a next try, after a pause: $1 is the number of the last one.
may_try_again() {
    $made_something && (($1 < 7)) || return 1
    say "  not propagated yet; retrying in $retry_pause s"
    sleep "$retry_pause"
}

# What the next command reads from its standard input.
input=/dev/null

# Runs a command that changes something, or prints it.
change() {
    local line try
    line=$(command_line "$@")
    changes=$((changes + 1))
    if $dry_run; then
        print_for_shell "$line"
        return
    fi
    say "+ $line"
    for ((try = 1; ; try++)); do
        if "$@" <"$input" >"$scratch/output" 2>"$scratch/error"; then
            made_something=true
            return
        fi
        if ! failed_of "$not_known_yet" || ! may_try_again "$try"; then
            cat "$scratch/error" >&2
            fail "That command failed. Fix the cause and run this again: it continues from where it stopped."
        fi
    done
}

print_for_shell() {
    if [[ $input == /dev/null ]]; then
        printf '%s\n' "$1"
        return
    fi
    printf '%s <<END\n%s\nEND\n' "$1" "$(as_variables <"$input")"
}

# Looks something up. Prints nothing; what the command printed is in $found, which is empty if the thing is not there.
# Anything but "found" and "not there" ends the script: a look-up that was refused says nothing.
found=
look_up() {
    local try
    found=
    if $offline; then
        return
    fi
    for ((try = 1; ; try++)); do
        if "$@" </dev/null >"$scratch/output" 2>"$scratch/error"; then
            found=$(<"$scratch/output")
            return
        fi
        if ! failed_of PERMISSION_DENIED && failed_of 'NOT_FOUND|not found|Cannot find'; then
            return
        fi
        if $dry_run && $may_be_offline && failed_of 'active account'; then
            say "# Not logged in (gcloud auth login): printing all commands as if nothing existed."
            offline=true
            return
        fi
        # Before its API is enabled there is nothing that a plan could find.
        if failed_of "$api_is_disabled"; then
            if $dry_run; then
                return
            fi
            if may_try_again "$try"; then
                continue
            fi
        fi
        say "$(command_line "$@")"
        cat "$scratch/error" >&2
        fail "That look-up failed, so nothing was done after it."
    done
}

# The value of one key in $found, if that is what gcloud's --format=flattened[no-pad] prints; else nothing.
found_value() {
    local line
    while IFS= read -r line; do
        if [[ $line == "$1: "* ]]; then
            printf '%s' "${line#"$1: "}"
            return
        fi
    done <<<"$found"
}

# Whether $found has exactly this line.
found_line() {
    grep --quiet --line-regexp --fixed-strings --regexp="$1" <<<"$found"
}

# Prints the SHA-256 of files, or of its input, with their names.
checksum=(sha256sum)
command -v sha256sum >/dev/null || checksum=(shasum -a 256)

# Takes up the flags about how to run.
choose_mode() {
    if given --dry-run; then
        dry_run=true
    fi
    if given --offline; then
        if ! $dry_run; then
            fault "--offline needs --dry-run: it would create again what exists"
            report_faults
        fi
        offline=true
    elif ! command -v gcloud >/dev/null; then
        if ! $dry_run || ! $may_be_offline; then
            fail "gcloud is needed (https://cloud.google.com/sdk/docs/install), and it is not on the PATH."
        fi
        say "# Without gcloud nothing can be looked up: all commands, as if nothing existed yet."
        offline=true
    fi
}

# Sets what follows from the project's number: the service's address and Pub/Sub's own account.
look_up_project_number() {
    local command=(gcloud projects describe "$PROJECT_ID" '--format=value(projectNumber)')
    look_up "${command[@]}"
    project_number=$found
    if $offline; then
        project_number=@PROJECT_NUMBER@
        # shellcheck disable=SC2016  # for the shell that reads it
        printf 'PROJECT_NUMBER=$(%s)\n' "$(command_line "${command[@]}")"
    fi
    [[ -n $project_number ]] || fail "There is no project $PROJECT_ID, or it cannot be seen."
    service_url=https://$SERVICE-$project_number.$REGION.run.app
    pubsub_agent=service-$project_number@gcp-sa-pubsub.iam.gserviceaccount.com
}

summarize() {
    if ((changes == 0)); then
        say "Nothing to change."
    elif $dry_run; then
        say "# $changes commands; nothing was changed."
    else
        say "Done, with $changes changes."
    fi
}
