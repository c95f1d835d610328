# shellcheck shell=bash
# shellcheck disable=SC2153  # the settings are set by name
# The image: built from this folder if it is not in the repository yet.

# What the binary and its image are made from, as a tag. The same sources need no second build, wherever they come from.
source_tag() {
    find Dockerfile Package.swift deploy/build Sources -type f ! -name '.*' ! -name '*.md' -print0 | LC_ALL=C sort -z \
        | xargs -0 "${checksum[@]}" | "${checksum[@]}" | cut -c 1-16
}

# The digest of the image that has the tag.
look_up_digest() {
    look_up gcloud artifacts docker images describe "$1" --project="$PROJECT_ID" '--format=value(image_summary.digest)'
}

# Sets image, the name that the service gets. With IMAGE that is taken as it is.
ensure_image() {
    local host=$REGION-docker.pkg.dev repository tag
    if [[ -n $IMAGE ]]; then
        image=$IMAGE
        return
    fi
    repository=$host/$PROJECT_ID/$REPOSITORY/jitcleanup
    tag=$repository:source-$(source_tag)
    ensure_repository
    look_up_digest "$tag"
    if [[ -z $found ]] || given --rebuild; then
        if $dry_run; then
            printf 'cd %s\n' "$(quoted "$PWD")"
        fi
        if [[ $BUILDER == docker ]]; then
            change gcloud auth configure-docker "$host" --quiet
            # What Cloud Run runs, whatever this machine is.
            change docker build --platform=linux/amd64 --tag="$tag" .
            change docker push "$tag"
        else
            change gcloud builds submit . --project="$PROJECT_ID" --config=deploy/cloudbuild.yaml \
                --substitutions=_IMAGE="$tag"
        fi
        if $dry_run; then
            image=@IMAGE@
            # shellcheck disable=SC2016  # for the shell that reads it
            printf 'IMAGE=%s@$(%s)\n' "$(quoted "$repository")" "$(command_line gcloud artifacts docker images \
                describe "$tag" --project="$PROJECT_ID" '--format=value(image_summary.digest)')"
            return
        fi
        look_up_digest "$tag"
        [[ -n $found ]] || fail "The image $tag was built, but cannot be found."
    fi
    # By digest, so that a tag which is moved changes nothing by itself.
    image=$repository@$found
}

look_up_repository() {
    look_up gcloud artifacts repositories describe "$REPOSITORY" --project="$PROJECT_ID" --location="$REGION" \
        '--format=flattened[no-pad]'
}

ensure_repository() {
    look_up_repository
    if [[ -z $found ]]; then
        change gcloud artifacts repositories create "$REPOSITORY" --project="$PROJECT_ID" --location="$REGION" \
            --repository-format=docker --description="$made_by" --labels="$label"
    fi
}

delete_repository() {
    look_up_repository
    if [[ $(found_value labels.managed-by) == jitcleanup ]]; then
        change gcloud artifacts repositories delete "$REPOSITORY" --project="$PROJECT_ID" --location="$REGION" --quiet
    elif [[ -n $found ]]; then
        say "Kept: the repository $REPOSITORY, which deploy.sh did not make."
    fi
}
