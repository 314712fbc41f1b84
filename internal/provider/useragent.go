package provider

import "strings"

// userAgent names Terraform, this provider and whatever the user adds. A
// character that has no place in a header is left out.
func userAgent(version, terraformVersion, added string) string {
	agent := "Terraform/" + terraformVersion + " terraform-provider-alicloud-extras/" + version + " " + added
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, strings.TrimSpace(agent))
}
