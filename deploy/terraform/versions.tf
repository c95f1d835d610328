terraform {
  required_version = ">= 1.5"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.39"
    }
    # For one resource, google_project_service_identity.
    google-beta = {
      source  = "hashicorp/google-beta"
      version = ">= 6.39"
    }
  }
}
