package provider

import "testing"

func TestUserAgent(t *testing.T) {
	const agent = "Terraform/1.2.3 terraform-provider-alicloud-extras/4.5.6"
	for added, want := range map[string]string{
		"":                   agent,
		"module/1":           agent + " module/1",
		"a\r\nInjected: yes": agent + " aInjected: yes",
		"é\x00\x7f~":         agent + " ~",
	} {
		if got := userAgent("4.5.6", "1.2.3", added); got != want {
			t.Errorf("%q: got %q, want %q", added, got, want)
		}
	}
}
