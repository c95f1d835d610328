# The same as deploy/deploy.sh, but for the image, which has to be there: `deploy/deploy.sh --dry-run` prints the commands
# that build and push it. deploy/README.md, Deploy, says what all this is for.
#
#   terraform -chdir=deploy/terraform init
#   terraform -chdir=deploy/terraform apply -var project_id=my-project -var region=europe-west1 \
#     -var topic=projects/my-project/topics/jit-access -var 'scopes=["projects/prod-1"]' -var image=NAME@sha256:...
#
# Every IAM resource here is of the kind `..._member`: it adds one member to one role and leaves all else alone. Never
# manage the policy of a cleaned project with `google_project_iam_policy` or `google_project_iam_binding` for a role that
# JIT Access grants: they would undo each activation.

provider "google" {
  project = var.project_id
  region  = var.region
}

provider "google-beta" {
  project = var.project_id
  region  = var.region
}

data "google_project" "this" {
  project_id = var.project_id
}

locals {
  project_number = data.google_project.this.number
}

resource "google_project_service" "needed" {
  for_each = toset(concat(["cloudresourcemanager", "iam", "pubsub", "run"], var.audit_log == null ? [] : ["logging"], var.task_queue == null ? [] : ["cloudtasks"], var.sweep_schedule == null ? [] : ["cloudscheduler"]))

  project = var.project_id
  service = "${each.key}.googleapis.com"
  # Others may use them.
  disable_on_destroy = false
}
