"""Any results become one page that opens without a network."""

from graduation.reports.card import scorecard_page
from graduation.reports.check import check_page
from graduation.reports.job import job_page
from graduation.reports.page import Section, render_page, section
from graduation.reports.trust import evaluation_page

__all__ = ["Section", "check_page", "evaluation_page", "job_page", "render_page", "scorecard_page", "section"]
