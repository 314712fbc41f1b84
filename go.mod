module github.com/alicloud-extras/terraform-provider-alicloud

go 1.26.0
