# shellcheck shell=bash
# What both scripts are made of: messages, commands that are run or only printed, and look-ups.
# Sourced by deploy/deploy.sh and deploy/destroy.sh, which set the modes below while they read their arguments.

# Nobody may be there to answer, and standard input is not passed on.
export CLOUDSDK_CORE_DISABLE_PROMPTS=1

# Print the commands that would change something instead of running them.
dry_run=false
# Ask Google nothing either, as if nothing existed. Only together with dry_run.
offline=false
# How many commands changed something, or would have.
changes=0
# Something was made in this run, which Google's other servers may not know of yet.
made_something=false
# The pause before a command is tried again that failed because of that.
retry_pause=${RETRY_PAUSE_SECONDS:-10}

say() {
    printf '%s\n' "$@" >&2
}

fail() {
    say "$@"
    exit 1
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Prints one word so that a shell reads it back as it is. A dry run may not know the project's number or the image: they
# stand as @NAME@ in its words and are printed as variables, which a line printed before has set.
quoted() {
    if [[ $1 =~ @(PROJECT_NUMBER|IMAGE)@ ]]; then
        printf '"%s"' "$(as_variables <<<"$1")"
    elif [[ $1 =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]]; then
        printf '%s' "$1"
    else
        printf "'%s'" "${1//\'/"'\\''"}"
    fi
}

as_variables() {
    # shellcheck disable=SC2016  # for the shell that reads it
    sed 's/[\\`$]/\\&/g; s/@PROJECT_NUMBER@/$PROJECT_NUMBER/g; s/@IMAGE@/$IMAGE/g'
}

# The command as one line.
command_line() {
    local word line=
    for word in "$@"; do
        line+="${line:+ }$(quoted "$word")"
    done
    printf '%s' "$line"
}

# Whether what failed may be well once all of Google knows what this run made: accounts and enabled APIs take up to some
# minutes to be known everywhere.
may_pass() {
    $made_something && grep --quiet --extended-regexp \
        'does not exist|may not exist|NOT_FOUND|SERVICE_DISABLED|has not been used in project' "$scratch/error"
}

# Runs a command with its standard output in $scratch/output and its standard error in $scratch/error; tries it again
# while what is wrong may pass, for a minute.
attempt() {
    local try
    for ((try = 1; ; try++)); do
        if "$@" <"$input" >"$scratch/output" 2>"$scratch/error"; then
            return 0
        fi
        if ((try == 7)) || ! may_pass; then
            return 1
        fi
        say "  not known everywhere yet; again in $retry_pause s"
        sleep "$retry_pause"
    done
}

# What the next command reads from its standard input.
input=/dev/null

# Runs a command that changes something, or prints it.
change() {
    local line
    line=$(command_line "$@")
    changes=$((changes + 1))
    if $dry_run; then
        print_for_shell "$line"
        return
    fi
    say "+ $line"
    attempt "$@" || {
        cat "$scratch/error" >&2
        fail "That command failed. When its cause is mended, run this again: it goes on from where it stopped."
    }
    made_something=true
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
    found=
    if $offline; then
        return
    fi
    if "$@" </dev/null >"$scratch/output" 2>"$scratch/error"; then
        found=$(<"$scratch/output")
        return
    fi
    if ! grep --quiet PERMISSION_DENIED "$scratch/error" \
        && grep --quiet --extended-regexp 'NOT_FOUND|not found|Cannot find' "$scratch/error"; then
        return
    fi
    # Before the APIs are enabled there is nothing that a plan could find.
    if $dry_run && grep --quiet --extended-regexp 'SERVICE_DISABLED|has not been used in project' "$scratch/error"; then
        return
    fi
    if ! attempt "$@"; then
        say "$(command_line "$@")"
        cat "$scratch/error" >&2
        fail "That look-up failed, so nothing was done after it."
    fi
    found=$(<"$scratch/output")
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

sha256() {
    if command -v sha256sum >/dev/null; then
        sha256sum
    else
        shasum --algorithm 256
    fi | cut -d ' ' -f 1
}

# Takes up the flags about how to run.
choose_mode() {
    if given --dry-run; then
        dry_run=true
    fi
    if given --offline; then
        offline=true
    elif ! command -v gcloud >/dev/null; then
        $dry_run || fail "gcloud is needed (https://cloud.google.com/sdk/docs/install), and it is not on the PATH."
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
