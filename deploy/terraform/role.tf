# A role with two permissions for each kind of resource. It is kept in the organization, or in each project that is cleaned; a folder can have no
# custom roles, so a folder's binding names the organization's.

locals {
  project_scopes      = toset([for scope in var.scopes : trimprefix(scope, "projects/") if startswith(scope, "projects/")])
  folder_scopes       = toset([for scope in var.scopes : scope if startswith(scope, "folders/")])
  organization_scopes = toset([for scope in var.scopes : trimprefix(scope, "organizations/") if startswith(scope, "organizations/")])
}

resource "google_organization_iam_custom_role" "cleaner" {
  count = local.in_organization ? 1 : 0

  org_id      = var.role_organization
  role_id     = var.role_id
  title       = "jitcleanup"
  description = "Reads and writes IAM policies, to remove expired bindings"
  permissions = local.permissions

  lifecycle {
    precondition {
      condition     = alltrue([for number in local.organization_scopes : number == var.role_organization])
      error_message = "A role of one organization means nothing in another."
    }
  }
}

resource "google_project_iam_custom_role" "cleaner" {
  for_each = local.in_organization ? toset([]) : local.project_scopes

  project     = each.key
  role_id     = var.role_id
  title       = "jitcleanup"
  description = "Reads and writes this project's IAM policy, to remove expired bindings"
  permissions = local.permissions
}

locals {
  organization_role = one(google_organization_iam_custom_role.cleaner[*].name)
}

resource "google_project_iam_member" "cleaner" {
  for_each = local.project_scopes

  project = each.key
  role    = local.in_organization ? local.organization_role : google_project_iam_custom_role.cleaner[each.key].name
  member  = google_service_account.service.member
}

resource "google_folder_iam_member" "cleaner" {
  for_each = local.folder_scopes

  folder = each.key
  role   = local.organization_role
  member = google_service_account.service.member

  lifecycle {
    precondition {
      condition     = local.in_organization
      error_message = "role_organization is missing: a folder has no custom roles."
    }
  }
}

resource "google_organization_iam_member" "cleaner" {
  for_each = local.organization_scopes

  org_id = each.key
  role   = local.organization_role
  member = google_service_account.service.member

  lifecycle {
    precondition {
      condition     = local.in_organization
      error_message = "role_organization is missing."
    }
  }
}
